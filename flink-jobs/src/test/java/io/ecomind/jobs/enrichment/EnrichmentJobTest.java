package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.jobs.KafkaForJobs;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.runtime.JobConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole job on a real Kafka. */
@Tag("integration")
class EnrichmentJobTest {
    private final long now = System.currentTimeMillis() * 1000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private KafkaForJobs kafka;

    @SuppressWarnings("NullAway.Init")
    private JobClient job;

    @BeforeEach
    void start() throws Exception {
        kafka = new KafkaForJobs(directory.resolve("kafka"));
        JobConfig config = JobConfig.of(kafka.bootstrapServers(), "unused", "unused", "unused");
        var env = KafkaForJobs.environment(directory.resolve("checkpoints"));
        EnrichmentJob.build(
                env,
                config,
                EnrichmentJob.EnrichmentSources.kafka(config),
                EnrichmentJob.EnrichmentSinks.kafka(config));
        // The reference topic must not be empty at the start, or an empty snapshot would have nothing to wait for.
        kafka.write(
                Topic.REFERENCE, 0, RawEvents.record(RawEvents.reference("acme").get(0)));
        job = env.executeAsync();
    }

    @AfterEach
    void stop() throws Exception {
        job.cancel().get();
        kafka.close();
    }

    @Test
    void events_become_ledger_records_once_and_everything_else_is_rejected_with_its_reason() throws Exception {
        long poison = kafka.write(Topic.EVENTS_RAW, 3, "poison".getBytes(StandardCharsets.UTF_8));
        kafka.write(Topic.EVENTS_RAW, 3, RawEvents.raw(event("acme", "a")));
        kafka.write(Topic.EVENTS_RAW, 3, RawEvents.raw(event("acme", "a")));
        kafka.write(Topic.EVENTS_RAW, 5, RawEvents.raw(event("acme", "a").setTokensIn(7)));
        kafka.write(Topic.EVENTS_RAW, 5, RawEvents.raw(event("acme", "b")));
        kafka.write(Topic.EVENTS_RAW, 7, RawEvents.raw(event("nobody", "c")));
        KafkaForJobs.await(() -> rejections().size(), size -> size >= 1);
        assertThat(ledger()).isEmpty();

        List<ReferenceEntry> reference = RawEvents.reference("acme");
        for (ReferenceEntry entry : reference) {
            kafka.write(Topic.REFERENCE, 0, RawEvents.record(entry));
        }
        kafka.write(Topic.REFERENCE, 0, RawEvents.manifest(reference));

        List<EnrichedEvent> ledger = KafkaForJobs.await(this::ledger, events -> events.size() == 2);
        assertThat(ledger).extracting(e -> e.getEvent().getId()).containsExactlyInAnyOrder("a", "b");
        assertThat(ledger)
                .allSatisfy(
                        e -> assertThat(e.getFootprint().getEnergy().getMid()).isEqualTo(RawEvents.NANOWATTHOURS));

        // Half a minute of received time on all partitions: the unknown organisation is given up.
        kafka.writeEverywhere(Topic.EVENTS_RAW, RawEvents.heartbeat(now + 55_000_000));
        List<Rejection> rejections = KafkaForJobs.await(this::rejections, all -> all.size() == 3);
        assertThat(rejections)
                .extracting(Rejection::getCode)
                .containsExactlyInAnyOrder("undecodable", "id_conflict", "unknown_organisation");
        assertThat(rejections)
                .filteredOn(r -> r.getCode().equals("undecodable"))
                .allSatisfy(r -> assertThat(r.getRawOffset()).isEqualTo(poison));
        KafkaForJobs.await(this::heartbeatPartitions, partitions -> partitions.size() == 12);
        assertThat(ledger()).hasSize(2);
    }

    private io.ecomind.contracts.v1.UsageEvent.Builder event(String org, String id) {
        return RawEvents.event(org, id, now - 2_000_000);
    }

    private List<EnrichedEvent> ledger() throws Exception {
        List<EnrichedEvent> events = new ArrayList<>();
        for (var record : kafka.read(Topic.EVENTS_ENRICHED)) {
            EnrichedRecord value = EnrichedRecord.parseFrom(record.value());
            if (value.hasEvent()) {
                assertThat(record.partition()).isEqualTo(value.getEvent().getRawPartition());
                events.add(value.getEvent());
            }
        }
        return events;
    }

    private Set<Integer> heartbeatPartitions() throws Exception {
        var partitions = new TreeSet<Integer>();
        for (var record : kafka.read(Topic.EVENTS_ENRICHED)) {
            if (EnrichedRecord.parseFrom(record.value()).hasHeartbeat()) {
                partitions.add(record.partition());
            }
        }
        return partitions;
    }

    private List<Rejection> rejections() throws Exception {
        List<Rejection> all = new ArrayList<>();
        for (var record : kafka.read(Topic.EVENTS_REJECTED)) {
            all.add(Rejection.parseFrom(record.value()));
        }
        return all;
    }
}
