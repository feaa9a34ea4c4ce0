package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.jobs.RawEvents;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AwaitReferenceSnapshotTest {
    private final List<ReferenceEntry> entries = RawEvents.reference("acme");
    private long offset;

    @Test
    void nothing_passes_before_the_manifest_and_everything_with_it() throws Exception {
        try (var task = open(entries.size() + 1L)) {
            sendEntries(task, entries);
            assertThat(task.extractOutputValues()).isEmpty();

            send(task, RawEvents.manifest(entries));

            assertThat(task.extractOutputValues()).hasSize(entries.size() + 1);
            assertThat(task.extractOutputValues().get(entries.size()).key()).isEqualTo(ReferenceChange.COMPLETE);
            assertThat(task.getOutput()).contains(Watermark.MAX_WATERMARK);
        }
    }

    @Test
    void manifest_that_counts_more_than_there_is_is_not_believed() throws Exception {
        try (var task = open(0)) {
            sendEntries(task, entries.subList(1, entries.size()));
            send(task, RawEvents.manifest(entries));
            assertThat(task.getOutput()).isEmpty();

            send(task, RawEvents.record(entries.get(0)));

            assertThat(task.extractOutputValues()).hasSize(entries.size() + 1);
        }
    }

    @Test
    void manifest_with_another_hash_is_not_believed() throws Exception {
        var other = List.of(entries.get(0).toBuilder().setVersion(77).build());
        try (var task = open(0)) {
            send(task, RawEvents.record(entries.get(0)));
            send(task, RawEvents.manifest(other));

            assertThat(task.getOutput()).isEmpty();
        }
    }

    @Test
    void older_manifest_inside_the_topic_is_not_enough() throws Exception {
        try (var task = open(entries.size() + 3L)) {
            sendEntries(task, entries);
            send(task, RawEvents.manifest(entries));
            assertThat(task.getOutput()).isEmpty();

            var newer = entries.get(0).toBuilder().setVersion(50).build();
            send(task, RawEvents.record(newer));
            assertThat(task.getOutput()).isEmpty();
            var all = new ArrayList<>(entries);
            all.set(0, newer);
            send(task, RawEvents.manifest(all));

            assertThat(task.extractOutputValues())
                    .extracting(ReferenceChange::version)
                    .contains(50L);
        }
    }

    @Test
    void later_changes_pass_at_once_and_older_versions_never() throws Exception {
        try (var task = open(0)) {
            sendEntries(task, entries);
            send(task, RawEvents.manifest(entries));
            int before = task.extractOutputValues().size();

            send(
                    task,
                    RawEvents.record(entries.get(0).toBuilder().setVersion(50).build()));
            send(
                    task,
                    RawEvents.record(entries.get(0).toBuilder().setVersion(49).build()));
            send(task, new byte[] {1, 2, 3});

            assertThat(task.extractOutputValues()).hasSize(before + 1);
        }
    }

    @Test
    void after_a_restart_the_stored_snapshot_is_enough_when_the_topic_has_not_gone_on() throws Exception {
        OperatorSubtaskState state = stateOfWholeSnapshot();
        try (var task = harness(offset)) {
            task.initializeState(state);
            task.open();
            task.setProcessingTime(1);

            assertThat(task.extractOutputValues()).hasSize(entries.size() + 1);
            assertThat(task.getOutput()).contains(Watermark.MAX_WATERMARK);
        }
    }

    @Test
    void after_a_restart_what_the_topic_got_meanwhile_is_awaited() throws Exception {
        OperatorSubtaskState state = stateOfWholeSnapshot();
        var all = new ArrayList<>(entries);
        all.addAll(RawEvents.factorSet("s2", 5, "0.002", 50));
        try (var task = harness(offset + all.size() - entries.size() + 1)) {
            task.initializeState(state);
            task.open();
            task.setProcessingTime(1);
            assertThat(task.getOutput()).isEmpty();

            sendEntries(task, all.subList(entries.size(), all.size()));
            assertThat(task.getOutput()).isEmpty();
            send(task, RawEvents.manifest(all));

            assertThat(task.extractOutputValues()).hasSize(all.size() + 1);
        }
    }

    @Test
    void set_that_lost_a_part_is_awaited_although_the_manifest_agrees() throws Exception {
        var withoutPart = new ArrayList<>(entries);
        ReferenceEntry part = withoutPart.remove(3);
        try (var task = open(0)) {
            sendEntries(task, withoutPart);
            send(task, RawEvents.manifest(withoutPart));
            assertThat(task.getOutput()).isEmpty();

            send(task, RawEvents.record(part));
            send(task, RawEvents.manifest(entries));

            assertThat(task.extractOutputValues()).hasSize(entries.size() + 1);
        }
    }

    @Test
    void set_with_another_text_than_its_hash_says_is_awaited() throws Exception {
        ReferenceEntry part = entries.get(9);
        var tampered = new ArrayList<>(entries);
        tampered.set(
                9,
                part.toBuilder()
                        .setFactorSetPart(part.getFactorSetPart().toBuilder()
                                .setText(part.getFactorSetPart().getText().replace("400", "40")))
                        .build());
        assertThat(tampered.get(9)).isNotEqualTo(part);
        try (var task = open(0)) {
            sendEntries(task, tampered);
            send(task, RawEvents.manifest(tampered));

            assertThat(task.getOutput()).isEmpty();
        }
    }

    @Test
    void broken_set_that_comes_later_makes_the_job_start_again_and_wait() throws Exception {
        List<ReferenceEntry> second = RawEvents.factorSet("s2", 5, "0.002", 50);
        try (var task = open(0)) {
            sendEntries(task, entries);
            send(task, RawEvents.manifest(entries));
            sendEntries(task, second.subList(1, second.size() - 1));

            assertThatThrownBy(() -> send(task, RawEvents.record(second.get(second.size() - 1))))
                    .hasMessageContaining("factor set s2: part 0 of 11 is missing");
        }
    }

    @Test
    void what_is_missing_is_said_and_said_again() throws Exception {
        var said = new ListAppender<ILoggingEvent>();
        said.start();
        var logger = (Logger) LoggerFactory.getLogger(AbstractStreamOperator.class);
        logger.addAppender(said);
        var withoutHead = entries.subList(1, entries.size());
        var otherVersion = new ArrayList<>(entries);
        otherVersion.set(0, entries.get(0).toBuilder().setVersion(77).build());
        try (var task = open(entries.size())) {
            task.setProcessingTime(1);
            // The compacted topic has lost its head: what is there ends before the end that it had at the start.
            sendEntries(task, withoutHead);
            task.setProcessingTime(30_001);
            send(task, new byte[] {1});
            task.setProcessingTime(60_001);
            send(task, RawEvents.manifest(entries));
            task.setProcessingTime(90_001);
            send(task, RawEvents.record(entries.get(0)));
            assertThat(task.getOutput()).isNotEmpty();
        }
        offset = 0;
        try (var task = open(0)) {
            sendEntries(task, entries);
            send(task, RawEvents.manifest(otherVersion));
            task.setProcessingTime(1);
        } finally {
            logger.detachAppender(said);
        }

        int count = entries.size();
        assertThat(said.list.stream().filter(event -> event.getLevel() == Level.WARN))
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(message -> message.startsWith("still waiting"))
                .map(message -> message.substring(message.indexOf(": ") + 2))
                .containsExactly(
                        "the topic is read up to offset 0 of " + count,
                        "the topic is read up to offset " + (count - 1) + " of " + count,
                        "the topic has no manifest; it is published after the entries that it counts",
                        "manifest 1 counts " + count + " entries, the topic has " + (count - 1),
                        "manifest 1 has another hash than the " + count + " entries of the topic");
    }

    private OperatorSubtaskState stateOfWholeSnapshot() throws Exception {
        try (var task = open(0)) {
            sendEntries(task, entries);
            send(task, RawEvents.manifest(entries));
            return task.snapshot(1, 1);
        }
    }

    private void sendEntries(
            OneInputStreamOperatorTestHarness<ReferenceRead, ReferenceChange> task, List<ReferenceEntry> some)
            throws Exception {
        for (ReferenceEntry entry : some) {
            send(task, RawEvents.record(entry));
        }
    }

    private void send(OneInputStreamOperatorTestHarness<ReferenceRead, ReferenceChange> task, byte[] record)
            throws Exception {
        task.processElement(new ReferenceRead(offset++, record), 0);
    }

    private static OneInputStreamOperatorTestHarness<ReferenceRead, ReferenceChange> open(long end) throws Exception {
        var task = harness(end);
        task.open();
        return task;
    }

    private static OneInputStreamOperatorTestHarness<ReferenceRead, ReferenceChange> harness(long end)
            throws Exception {
        return new OneInputStreamOperatorTestHarness<>(new AwaitReferenceSnapshot(() -> end), 1, 1, 0);
    }
}
