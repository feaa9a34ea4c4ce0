package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.jobs.KafkaForJobs;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.runtime.JobConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A factor set becomes active while events flow through four tasks, while the job is down, and in a replay. */
@Tag("integration")
@Tag("ci")
class FactorSetActivationTest {
    private static final int PARALLELISM = 4;
    private static final int EVENTS = 600;

    /** So many that every task gets some. */
    private static final int PROBES = 100;

    /** Events happened in the minutes around midnight, where the rows of the second set change. */
    private static final long MIDNIGHT = RawEvents.micros("2026-03-02T00:00:00Z");

    private static final long SECOND_MICROS = 1_000_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void set_follows_from_receipt_and_rows_from_the_time_of_the_event_alone() throws Exception {
        // Received one second apart, starting at midnight; the second set is active for the middle third on.
        long secondFrom = MIDNIGHT + EVENTS / 3 * SECOND_MICROS;
        long thirdFrom = MIDNIGHT + 2 * EVENTS / 3 * SECOND_MICROS;
        List<ReferenceEntry> reference = new ArrayList<>(RawEvents.reference("acme"));
        try (var kafka = new KafkaForJobs(directory.resolve("kafka"))) {
            publish(kafka, reference);
            JobConfig config = JobConfig.of(kafka.bootstrapServers(), "unused", "unused", "unused");
            JobClient job = start(config, EnrichmentJob.EnrichmentSinks.kafka(config), "live", null);
            write(kafka, 0, EVENTS / 3 - 50);
            KafkaForJobs.await(() -> ledger(kafka).size(), size -> size == EVENTS / 3 - 50);

            // The second set comes while events flow.
            List<ReferenceEntry> second = changingAtMidnight("s2", secondFrom, 100);
            second.forEach(entry -> send(kafka, RawEvents.record(entry)));
            reference.addAll(second);
            send(kafka, RawEvents.manifest(reference));
            write(kafka, EVENTS / 3 - 50, EVENTS / 3);
            KafkaForJobs.await(() -> ledger(kafka).size(), size -> size == EVENTS / 3);
            // A set is given a minute's notice in earnest. Here events of an organisation that comes behind the set
            // show
            // that every task has both: they are held until then.
            ReferenceEntry probe = RawEvents.organisation("probe", "UTC", 199);
            reference.add(probe);
            send(kafka, RawEvents.record(probe));
            send(kafka, RawEvents.manifest(reference));
            for (int i = 0; i < PROBES; i++) {
                UsageEvent.Builder event =
                        RawEvents.event("probe", "p" + i, MIDNIGHT).setReceivedAtMicros(secondFrom - SECOND_MICROS);
                kafka.write(Topic.EVENTS_RAW, i % Topic.EVENTS_RAW.partitions(), RawEvents.raw(event));
            }
            KafkaForJobs.await(() -> events(kafka, "probe").size(), size -> size == PROBES);
            write(kafka, EVENTS / 3, EVENTS / 2);
            KafkaForJobs.await(() -> ledger(kafka).size(), size -> size == EVENTS / 2);

            // The third comes, and events that it rates, while the job is down.
            String savepoint = job.stopWithSavepoint(
                            false, directory.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                    .get();
            write(kafka, EVENTS / 2, EVENTS);
            List<ReferenceEntry> third = RawEvents.factorSet("s3", thirdFrom, "0.003", 200);
            third.forEach(entry -> send(kafka, RawEvents.record(entry)));
            reference.addAll(third);
            send(kafka, RawEvents.manifest(reference));
            job = start(config, EnrichmentJob.EnrichmentSinks.kafka(config), "again", savepoint);
            List<EnrichedEvent> live = KafkaForJobs.await(() -> ledger(kafka), all -> all.size() == EVENTS);
            job.cancel().get();

            assertThat(live).allSatisfy(enriched -> {
                long received = enriched.getEvent().getReceivedAtMicros();
                boolean afterMidnight = enriched.getEvent().getTsMicros() >= MIDNIGHT;
                String set = received < secondFrom ? "s1" : received < thirdFrom ? "s2" : "s3";
                long expected = switch (set) {
                    case "s1" -> RawEvents.NANOWATTHOURS;
                    case "s2" -> afterMidnight ? 2_400_000_000L : 1_800_000_000L;
                    default -> 3_600_000_000L;
                };
                assertThat(enriched.getFootprint().getFactorSet()).isEqualTo(set);
                assertThat(enriched.getFootprint().getEnergy().getMid()).isEqualTo(expected);
            });
            assertThat(live.stream().map(e -> e.getFootprint().getFactorSet()).distinct())
                    .hasSize(3);

            // A replay from the beginning, with all sets known from the start, says the same of every event.
            Collect.RECORDS.clear();
            JobClient replay =
                    start(config, new EnrichmentJob.EnrichmentSinks(new Collect(), new Collect()), "replay", null);
            KafkaForJobs.await(() -> replayed().size(), size -> size == EVENTS);
            replay.cancel().get();
            assertThat(replayed()).isEqualTo(byId(live));
        }
    }

    /** 0.0015 kWh a call before midnight of the event's own time, 0.002 from then on. */
    private static List<ReferenceEntry> changingAtMidnight(String id, long activeFrom, long version) {
        FactorSetFiles files = RawEvents.files(id, "0.002");
        String perCall = files.text("per_call.csv");
        String header = perCall.substring(0, perCall.indexOf('\n') + 1);
        return RawEvents.entries(
                files.with(
                        "per_call.csv",
                        header + "openai,gpt-4o,per_call,0.0015,0.0015,0.0015,1.2,2,0.4,3,,2026-03-02,s,l\n"
                                + "openai,gpt-4o,per_call,0.002,0.002,0.002,1.2,2,0.4,3,2026-03-02,,s,l\n"),
                id,
                activeFrom,
                version);
    }

    private JobClient start(
            JobConfig config, EnrichmentJob.EnrichmentSinks sinks, String name, @Nullable String savepoint)
            throws Exception {
        var env = KafkaForJobs.environment(Files.createDirectories(directory.resolve(name)), PARALLELISM);
        if (savepoint != null) {
            var restore = new Configuration();
            restore.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            env.configure(restore);
        }
        EnrichmentJob.build(env, config, EnrichmentJob.EnrichmentSources.kafka(config), sinks);
        return env.executeAsync();
    }

    private static void publish(KafkaForJobs kafka, List<ReferenceEntry> entries) {
        entries.forEach(entry -> send(kafka, RawEvents.record(entry)));
        send(kafka, RawEvents.manifest(entries));
    }

    private static void send(KafkaForJobs kafka, byte[] record) {
        try {
            kafka.write(Topic.REFERENCE, 0, record);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Over all partitions; every second event happened a while before it was received, on the day before. */
    private static void write(KafkaForJobs kafka, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            long received = MIDNIGHT + i * SECOND_MICROS;
            UsageEvent.Builder event = RawEvents.event("acme", "e" + i, i % 2 == 0 ? received : MIDNIGHT - 1 - i)
                    .setReceivedAtMicros(received);
            kafka.write(Topic.EVENTS_RAW, i % Topic.EVENTS_RAW.partitions(), RawEvents.raw(event));
        }
    }

    private static List<EnrichedEvent> ledger(KafkaForJobs kafka) throws Exception {
        return events(kafka, "acme");
    }

    private static List<EnrichedEvent> events(KafkaForJobs kafka, String org) throws Exception {
        List<EnrichedEvent> events = new ArrayList<>();
        for (var record : kafka.read(Topic.EVENTS_ENRICHED)) {
            EnrichedRecord value = EnrichedRecord.parseFrom(record.value());
            if (value.hasEvent() && value.getEvent().getEvent().getOrgId().equals(org)) {
                events.add(value.getEvent());
            }
        }
        return events;
    }

    private static Map<String, EnrichedEvent> replayed() throws Exception {
        List<EnrichedEvent> events = new ArrayList<>();
        for (byte[] value : Collect.RECORDS) {
            EnrichedRecord record = EnrichedRecord.parseFrom(value);
            if (record.hasEvent() && record.getEvent().getEvent().getOrgId().equals("acme")) {
                events.add(record.getEvent());
            }
        }
        return byId(events);
    }

    private static Map<String, EnrichedEvent> byId(List<EnrichedEvent> events) {
        Map<String, EnrichedEvent> byId = new TreeMap<>();
        events.forEach(enriched -> byId.put(enriched.getEvent().getId(), enriched));
        return byId;
    }

    /** Keeps what a job of this process writes. */
    private static final class Collect implements Sink<LedgerRecord> {
        static final Queue<byte[]> RECORDS = new ConcurrentLinkedQueue<>();

        @Override
        public SinkWriter<LedgerRecord> createWriter(WriterInitContext context) {
            return new SinkWriter<>() {
                @Override
                public void write(LedgerRecord record, Context context) {
                    RECORDS.add(record.value());
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }
    }
}
