package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.jobs.RawEvents;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

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
            var all = new java.util.ArrayList<>(entries);
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
    void after_a_restart_time_is_released_without_a_new_manifest() throws Exception {
        OperatorSubtaskState state;
        try (var task = open(0)) {
            sendEntries(task, entries);
            send(task, RawEvents.manifest(entries));
            state = task.snapshot(1, 1);
        }
        try (var task = harness(offset)) {
            task.initializeState(state);
            task.open();
            task.setProcessingTime(1);

            assertThat(task.getOutput()).contains(Watermark.MAX_WATERMARK);
            send(
                    task,
                    RawEvents.record(entries.get(0).toBuilder().setVersion(50).build()));
            assertThat(task.extractOutputValues()).hasSize(1);
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
