package io.ecomind.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.testkit.TestDatabase;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Savepoints that an earlier build took are restored, at other parallelisms too, and the jobs go on as if nothing had
 * been: the input before the savepoint, the input after it and the output are fixed. A uid that is gone, or state that
 * can no longer be read, fails here and not at the next upgrade.
 *
 * <p>A release adds its own: {@code -Decomind.savepoints.write=<folder of the test resources>}.
 */
@Tag("integration")
@Tag("ci")
class SavepointCompatibilityTest {
    private static final String WRITE = "ecomind.savepoints.write";
    private static final long TS = RawEvents.micros("2026-03-01T12:00:00Z");
    private static final String DAILY_ORG = "savepoint-daily";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void enrichment_goes_on_from_its_savepoint(int parallelism) throws Exception {
        try (var kafka = new KafkaForJobs(directory.resolve("kafka"))) {
            enrichmentBefore(kafka);
            JobClient job = enrichment(kafka, parallelism, savepoint("enrichment"));
            enrichmentAfter(kafka);
            List<String> ledger = KafkaForJobs.await(() -> ledger(kafka), all -> all.size() >= 21);
            KafkaForJobs.await(() -> rejections(kafka), all -> !all.isEmpty());
            job.cancel().get();

            List<String> expected = new ArrayList<>();
            for (int i = 40; i < 60; i++) {
                expected.add("acme/e" + i + " s1 exact 1200000000");
            }
            // Held since before the savepoint, because its organisation was not known.
            expected.add("new/n s1 exact 1200000000");
            assertThat(ledger).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(rejections(kafka)).containsExactly("id_conflict e1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void windows_go_on_from_their_savepoint(int parallelism) throws Exception {
        TestDatabase database = forgetDays();
        try (var kafka = new KafkaForJobs(directory.resolve("kafka"))) {
            dailyBefore(kafka);
            JobClient job = daily(kafka, database, parallelism, savepoint("daily"));
            dailyAfter(kafka);
            List<String> control = KafkaForJobs.await(() -> control(database), rows -> rows.size() == 3);
            job.cancel().get();

            // Both halves: 20 and 10 calls of 3 nWh, of them every fifth uncovered, for each of three persons.
            assertThat(control)
                    .containsExactly(
                            "u0 30 calls, 6 uncovered, 3000 in, 0.000000000072 kWh",
                            "u1 30 calls, 6 uncovered, 3000 in, 0.000000000072 kWh",
                            "u2 30 calls, 6 uncovered, 3000 in, 0.000000000072 kWh");
        }
    }

    @Test
    @EnabledIfSystemProperty(
            named = WRITE,
            matches = ".+",
            disabledReason = "writes the savepoints that later versions restore; -D" + WRITE + " names their folder")
    void write_savepoints() throws Exception {
        Path target = Path.of(System.getProperty(WRITE));
        try (var kafka = new KafkaForJobs(directory.resolve("kafka-enrichment"))) {
            enrichmentBefore(kafka);
            JobClient job = enrichment(kafka, 2, null);
            KafkaForJobs.await(() -> ledger(kafka).size(), size -> size == 40);
            store(job, target.resolve("enrichment"));
        }
        TestDatabase database = forgetDays();
        try (var kafka = new KafkaForJobs(directory.resolve("kafka-daily"))) {
            dailyBefore(kafka);
            JobClient job = daily(kafka, database, 2, null);
            KafkaForJobs.await(
                    () -> texts(
                            database, "SELECT call_count::text FROM daily_org_agg WHERE org_id = '" + DAILY_ORG + "'"),
                    rows -> rows.equals(List.of("60")));
            store(job, target.resolve("daily"));
        }
    }

    private static void enrichmentBefore(KafkaForJobs kafka) throws Exception {
        List<ReferenceEntry> reference = RawEvents.reference("acme");
        for (ReferenceEntry entry : reference) {
            kafka.write(Topic.REFERENCE, 0, RawEvents.record(entry));
        }
        kafka.write(Topic.REFERENCE, 0, RawEvents.manifest(reference));
        raw(kafka, 3, event("new", "n", 3));
        for (int i = 0; i < 40; i++) {
            raw(kafka, i, event("acme", "e" + i, i));
        }
    }

    private static void enrichmentAfter(KafkaForJobs kafka) throws Exception {
        List<ReferenceEntry> reference = new ArrayList<>(RawEvents.reference("acme"));
        reference.add(RawEvents.organisation("new", "Asia/Kolkata", 99));
        kafka.write(Topic.REFERENCE, 0, RawEvents.record(reference.get(reference.size() - 1)));
        kafka.write(Topic.REFERENCE, 0, RawEvents.manifest(reference));
        for (int i = 0; i < 60; i++) {
            raw(kafka, i, event("acme", "e" + i, i));
        }
        raw(kafka, 1, event("acme", "e1", 1).setTokensIn(7));
    }

    private static UsageEvent.Builder event(String org, String id, int i) {
        return RawEvents.event(org, id, TS + i * 1_000L);
    }

    private static void raw(KafkaForJobs kafka, int i, UsageEvent.Builder event) throws Exception {
        kafka.write(Topic.EVENTS_RAW, i % Topic.EVENTS_RAW.partitions(), RawEvents.raw(event));
    }

    private static void dailyBefore(KafkaForJobs kafka) throws Exception {
        ledger(kafka, 0, 60);
    }

    private static void dailyAfter(KafkaForJobs kafka) throws Exception {
        ledger(kafka, 60, 90);
        long afterHorizon = RawEvents.micros("2026-03-09T01:00:00Z");
        for (int partition = 0; partition < Topic.EVENTS_ENRICHED.partitions(); partition++) {
            kafka.write(
                    Topic.EVENTS_ENRICHED,
                    partition,
                    EnrichedRecord.newBuilder()
                            .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(afterHorizon))
                            .build()
                            .toByteArray());
        }
    }

    private static void ledger(KafkaForJobs kafka, int from, int to) throws Exception {
        LocalDate day = LocalDate.of(2026, 3, 1);
        for (int i = from; i < to; i++) {
            Footprint.Builder footprint =
                    Footprint.newBuilder().setFactorSet("s1").setMatch("exact");
            if (i / 3 % 5 != 0) {
                footprint.setEnergy(Band.newBuilder().setLow(1).setMid(3).setHigh(9));
            }
            kafka.write(
                    Topic.EVENTS_ENRICHED,
                    i % Topic.EVENTS_ENRICHED.partitions(),
                    EnrichedRecord.newBuilder()
                            .setEvent(EnrichedEvent.newBuilder()
                                    .setEvent(event(DAILY_ORG, "e" + i, i).setUserId("u" + i % 3))
                                    .setRawPartition(i % Topic.EVENTS_ENRICHED.partitions())
                                    .setRawOffset(i)
                                    .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                                    .setDayStartMillis(RawEvents.micros("2026-03-01T00:00:00Z") / 1000)
                                    .setDayEndMillis(RawEvents.micros("2026-03-02T00:00:00Z") / 1000)
                                    .setFootprint(footprint))
                            .build()
                            .toByteArray());
        }
    }

    private JobClient enrichment(KafkaForJobs kafka, int parallelism, @Nullable String savepoint) throws Exception {
        JobConfig config = JobConfig.of(kafka.bootstrapServers(), "unused", "unused", "unused");
        StreamExecutionEnvironment env = environment(parallelism, savepoint);
        EnrichmentJob.build(
                env,
                config,
                EnrichmentJob.EnrichmentSources.kafka(config),
                EnrichmentJob.EnrichmentSinks.kafka(config));
        return env.executeAsync();
    }

    private JobClient daily(KafkaForJobs kafka, TestDatabase database, int parallelism, @Nullable String savepoint)
            throws Exception {
        JobConfig config = JobConfig.of(
                kafka.bootstrapServers(),
                database.jdbcUrl(),
                "ecomind_pipeline",
                database.password().value());
        StreamExecutionEnvironment env = environment(parallelism, savepoint);
        DailyAggregationJob.build(
                env,
                config,
                DailyAggregationJob.AggregationSources.kafka(config),
                DailyAggregationJob.AggregationSinks.tables(config));
        return env.executeAsync();
    }

    private StreamExecutionEnvironment environment(int parallelism, @Nullable String savepoint) {
        StreamExecutionEnvironment env = KafkaForJobs.environment(directory.resolve("checkpoints"), parallelism);
        if (savepoint != null) {
            var restore = new Configuration();
            restore.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            env.configure(restore);
        }
        return env;
    }

    private static String savepoint(String job) throws Exception {
        URI folder = Objects.requireNonNull(
                        SavepointCompatibilityTest.class.getResource("/savepoints/" + job + "/_metadata"))
                .toURI();
        return Objects.requireNonNull(Path.of(folder).getParent()).toUri().toString();
    }

    private void store(JobClient job, Path target) throws Exception {
        String taken = job.stopWithSavepoint(
                        false, directory.resolve("taken").toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
        Files.createDirectories(target);
        try (Stream<Path> old = Files.list(target)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(Path.of(URI.create(taken)))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static List<String> ledger(KafkaForJobs kafka) throws Exception {
        List<String> lines = new ArrayList<>();
        for (var record : kafka.read(Topic.EVENTS_ENRICHED)) {
            EnrichedRecord value = EnrichedRecord.parseFrom(record.value());
            if (value.hasEvent()) {
                EnrichedEvent event = value.getEvent();
                lines.add(event.getEvent().getOrgId() + "/" + event.getEvent().getId() + " "
                        + event.getFootprint().getFactorSet() + " "
                        + event.getFootprint().getMatch() + " "
                        + event.getFootprint().getEnergy().getMid());
            }
        }
        return lines;
    }

    private static List<String> rejections(KafkaForJobs kafka) throws Exception {
        List<String> lines = new ArrayList<>();
        for (var record : kafka.read(Topic.EVENTS_REJECTED)) {
            Rejection rejection = Rejection.parseFrom(record.value());
            lines.add(rejection.getCode() + " " + rejection.getEventId());
        }
        return lines;
    }

    private static List<String> control(TestDatabase database) throws SQLException {
        return texts(
                database,
                "SELECT user_id || ' ' || call_count || ' calls, ' || uncovered_count || ' uncovered, ' || tokens_in"
                        + " || ' in, ' || kwh || ' kWh' FROM daily_control WHERE org_id = '" + DAILY_ORG
                        + "' ORDER BY user_id");
    }

    private static List<String> texts(TestDatabase database, String sql) throws SQLException {
        try (Connection connection = database.as("ecomind_pipeline").getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }

    /** The organisation's name is part of the savepoint; what another run left of it goes. */
    private static TestDatabase forgetDays() throws SQLException {
        TestDatabase database = TestDatabase.get();
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : List.of(
                    "events_enriched",
                    "daily_usage",
                    "daily_control",
                    "daily_org_agg",
                    "daily_user_agg",
                    "daily_provider_agg",
                    "daily_model_agg",
                    "day_states")) {
                statement.executeUpdate("DELETE FROM " + table + " WHERE org_id = '" + DAILY_ORG + "'");
            }
        }
        return database;
    }
}
