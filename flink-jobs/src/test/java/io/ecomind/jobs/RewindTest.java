package io.ecomind.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.testkit.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator sets the enrichment back to an older savepoint: it writes again what the ledger holds already. */
@Tag("integration")
@Tag("ci")
class RewindTest {
    private static final long TS = RawEvents.micros("2026-02-03T12:00:00Z");

    private final TestDatabase database = TestDatabase.get();
    private final String org = "rewind-" + Long.toString(System.nanoTime(), 36);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private int runs;

    @Test
    void every_event_is_counted_once_although_the_ledger_holds_most_of_them_twice() throws Exception {
        try (var kafka = new KafkaForJobs(directory.resolve("kafka"))) {
            List<ReferenceEntry> reference = RawEvents.reference(org);
            for (ReferenceEntry entry : reference) {
                kafka.write(Topic.REFERENCE, 0, RawEvents.record(entry));
            }
            kafka.write(Topic.REFERENCE, 0, RawEvents.manifest(reference));

            JobClient enrichment = enrichment(kafka, null);
            write(kafka, 0, 100);
            KafkaForJobs.await(() -> ledger(kafka), size -> size == 100);
            String savepoint = enrichment
                    .stopWithSavepoint(
                            false, directory.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                    .get();
            enrichment = enrichment(kafka, savepoint);
            write(kafka, 100, 300);
            KafkaForJobs.await(() -> ledger(kafka), size -> size == 300);
            enrichment.cancel().get();
            JobClient daily = daily(kafka);
            KafkaForJobs.await(() -> number("SELECT call_count FROM daily_org_agg"), calls -> calls == 300);

            // Back to the savepoint, and on from there, with repeats of what came before it and something new.
            enrichment = enrichment(kafka, savepoint);
            write(kafka, 0, 350);
            KafkaForJobs.await(() -> ledger(kafka), size -> size == 550);
            enrichment.cancel().get();
            KafkaForJobs.await(() -> number("SELECT call_count FROM daily_org_agg"), calls -> calls >= 350);
            passHorizon(kafka);
            KafkaForJobs.await(
                    () -> number("SELECT count(*) FROM day_states WHERE state = 'sealed'"), days -> days == 1);
            daily.cancel().get();
        }
        assertThat(number("SELECT count(*) FROM events_enriched")).isEqualTo(350);
        for (String table : List.of(
                "daily_usage",
                "daily_control",
                "daily_org_agg",
                "daily_user_agg",
                "daily_provider_agg",
                "daily_model_agg")) {
            assertThat(number("SELECT sum(call_count) FROM " + table)).as(table).isEqualTo(350);
            assertThat(number("SELECT sum(kwh) * 1000000000000 FROM " + table))
                    .as(table)
                    .isEqualTo(350 * RawEvents.NANOWATTHOURS);
        }
    }

    private void write(KafkaForJobs kafka, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            kafka.write(
                    Topic.EVENTS_RAW,
                    i % Topic.EVENTS_RAW.partitions(),
                    RawEvents.raw(RawEvents.event(org, "e" + i, TS + i * 1_000L)));
        }
    }

    private static void passHorizon(KafkaForJobs kafka) throws Exception {
        byte[] heartbeat = EnrichedRecord.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(RawEvents.micros("2026-02-12T00:00:00Z")))
                .build()
                .toByteArray();
        kafka.writeEverywhere(Topic.EVENTS_ENRICHED, heartbeat);
    }

    private JobClient enrichment(KafkaForJobs kafka, @Nullable String savepoint) throws Exception {
        JobConfig config = JobConfig.of(kafka.bootstrapServers(), "unused", "unused", "unused");
        StreamExecutionEnvironment env = KafkaForJobs.environment(directory.resolve("enrichment-" + runs++));
        if (savepoint != null) {
            var restore = new Configuration();
            restore.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            env.configure(restore);
        }
        EnrichmentJob.build(
                env,
                config,
                EnrichmentJob.EnrichmentSources.kafka(config),
                EnrichmentJob.EnrichmentSinks.kafka(config));
        return env.executeAsync();
    }

    private JobClient daily(KafkaForJobs kafka) throws Exception {
        JobConfig config = JobConfig.of(
                kafka.bootstrapServers(),
                database.jdbcUrl(),
                "ecomind_pipeline",
                database.password().value());
        StreamExecutionEnvironment env = KafkaForJobs.environment(directory.resolve("daily"));
        DailyAggregationJob.build(
                env,
                config,
                DailyAggregationJob.AggregationSources.kafka(config),
                DailyAggregationJob.AggregationSinks.tables(config));
        return env.executeAsync();
    }

    private static int ledger(KafkaForJobs kafka) throws Exception {
        int events = 0;
        for (var record : kafka.read(Topic.EVENTS_ENRICHED)) {
            events += EnrichedRecord.parseFrom(record.value()).hasEvent() ? 1 : 0;
        }
        return events;
    }

    /** 0 while there is no row. */
    private long number(String query) throws SQLException {
        String scoped = query + (query.contains(" WHERE ") ? " AND" : " WHERE") + " org_id = '" + org + "'";
        try (Connection connection = database.as("ecomind_pipeline").getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(scoped)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}
