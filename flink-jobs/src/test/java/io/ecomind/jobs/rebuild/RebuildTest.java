package io.ecomind.jobs.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.jobs.KafkaForJobs;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.projection.Footprints;
import io.ecomind.jobs.restatement.RestatementRequest;
import io.ecomind.jobs.restatement.RestatementRunner;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.totals.DailyUsageKey;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.store.FactorSets;
import io.ecomind.testkit.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that were lost come back from Kafka as they were, on a real Kafka and a real PostgreSQL. */
@Tag("integration")
@Tag("ci")
class RebuildTest {
    private static final List<String> PROJECTION = List.of(
            "events_enriched",
            "daily_usage",
            "daily_org_agg",
            "daily_user_agg",
            "daily_provider_agg",
            "daily_model_agg",
            "daily_project_agg",
            "daily_environment_agg",
            "usage_hourly",
            "hourly_org_agg",
            "daily_control",
            "day_states",
            "projection_offsets",
            "events_rejected");
    private static final String TOTALS = Stream.concat(
                    Stream.of(Counter.values()).map(Counter::column),
                    Figure.ALL.stream().map(Figure::column))
            .collect(Collectors.joining(", "));
    private static final Map<String, String> KEYS = Map.of(
            "daily_usage", String.join(", ", DailyUsageKey.COLUMNS),
            "daily_project_agg", "org_id, date, project",
            "daily_environment_agg", "org_id, date, environment",
            "usage_hourly", "org_id, date, hour, source, provider, model",
            "hourly_org_agg", "org_id, date, hour",
            "daily_control", "org_id, date, user_id, project, provider, model, region, factor_set",
            "daily_org_agg", "org_id, date",
            "daily_user_agg", "org_id, date, user_id",
            "daily_provider_agg", "org_id, date, provider",
            "daily_model_agg", "org_id, date, provider, model");

    private final TestDatabase database = TestDatabase.get();
    private final String org = "rebuilt-" + Long.toString(System.nanoTime(), 36);
    private final LocalDate oldDay = LocalDate.now(ZoneOffset.UTC).minusDays(30);
    private final LocalDate openDay = oldDay.plusDays(9);
    private ZoneId zone = ZoneOffset.UTC;
    private long rawOffset;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private KafkaForJobs kafka;

    @SuppressWarnings("NullAway.Init")
    private JobConfig config;

    @BeforeEach
    void emptyTables() throws Exception {
        truncate();
        database.addOrganisation(org, "enterprise", "UTC");
        kafka = new KafkaForJobs(directory.resolve("kafka"));
        config = JobConfig.of(
                        kafka.bootstrapServers(),
                        database.jdbcUrl(),
                        "ecomind_pipeline",
                        database.password().value())
                .withSealEvery(Duration.ofSeconds(1));
    }

    @AfterEach
    void stop() {
        kafka.close();
    }

    @Test
    void emptied_tables_come_back_as_the_live_job_had_left_them_and_twice_adds_nothing() throws Exception {
        JobClient live = live();
        oldDays();
        KafkaForJobs.await(() -> number("SELECT sum(call_count) FROM daily_org_agg"), calls -> calls == 7);
        heartbeats(oldDay.plusDays(8));
        KafkaForJobs.await(() -> number("SELECT count(*) FROM day_states WHERE state = 'sealed'"), days -> days == 2);
        write(1, event("too-late", oldDay, Footprints.flat(5)).setLate(true));
        KafkaForJobs.await(() -> number("SELECT count(*) FROM day_states WHERE needs_restatement"), days -> days == 1);
        restate(null);
        // What was written in a transaction is counted when it was committed, and the topic then ends in a marker.
        inTransaction(event("committed", openDay, Footprints.parametric()), true);
        inTransaction(event("aborted", openDay, Footprints.flat(1)), false);
        write(1, event("open", openDay, Footprints.flat(3)));
        reject(3, "r1");
        reject(4, "r2");
        heartbeats(oldDay.plusDays(9));
        KafkaForJobs.await(() -> number("SELECT sum(call_count) FROM daily_org_agg"), calls -> calls == 10);
        KafkaForJobs.await(() -> number("SELECT count(*) FROM events_rejected"), rows -> rows == 2);
        KafkaForJobs.await(
                () -> number("SELECT count(*) FROM projection_offsets WHERE received_through >= '" + oldDay.plusDays(9)
                        + "'"),
                partitions -> partitions == Topic.EVENTS_ENRICHED.partitions());
        live.cancel().get();
        String before = everything();
        assertThat(number("SELECT count(*) FROM daily_control WHERE date = '" + openDay + "'"))
                .isZero();

        truncate();
        RebuildReport report = rebuild();

        assertThat(everything()).isEqualTo(before);
        assertThat(report.rowsAdded()).isEqualTo(10);
        // The record that the ledger holds twice.
        assertThat(report.rowsThere()).isEqualTo(1);
        assertThat(report.rejectionsAdded()).isEqualTo(2);
        assertThat(report.records()).isEqualTo(11 + 2 + 2L * Topic.EVENTS_ENRICHED.partitions());
        assertThat(report.truncatedDays()).isEmpty();
        assertThat(report.ratedAsLedger()).isEmpty();
        assertThat(row("SELECT version, kind, old_totals = new_totals FROM rating_versions WHERE org_id = '" + org
                        + "' ORDER BY version DESC LIMIT 1"))
                .containsExactly("3", "rebuild", "t");
        assertThat(number("SELECT rating_version FROM day_states WHERE org_id = '" + org + "' AND date = '" + oldDay
                        + "'"))
                .isEqualTo(3);
        String states = dump("SELECT * FROM day_states ORDER BY 1, 2");

        RebuildReport again = rebuild();

        assertThat(again.rowsAdded()).isZero();
        assertThat(again.rowsThere()).isEqualTo(11);
        assertThat(again.rejectionsAdded()).isZero();
        assertThat(everything()).isEqualTo(before);
        assertThat(dump("SELECT * FROM day_states ORDER BY 1, 2")).isEqualTo(states);
        assertThat(number("SELECT max(version) FROM rating_versions WHERE org_id = '" + org + "'"))
                .isEqualTo(3);
    }

    @Test
    void of_tables_that_are_older_than_kafka_only_what_is_missing_is_added() throws Exception {
        oldDays();
        write(2, event("open-1", openDay, Footprints.flat(3)));
        heartbeats(oldDay.plusDays(8));
        assertThat(rebuild().rowsAdded()).isEqualTo(8);
        assertThat(number("SELECT count(*) FROM day_states WHERE state = 'sealed'"))
                .isEqualTo(2);
        String sealed = dump("SELECT " + TOTALS + " FROM daily_usage WHERE date = '" + oldDay + "' ORDER BY "
                + KEYS.get("daily_usage"));
        String control = dump("SELECT * FROM daily_control ORDER BY " + KEYS.get("daily_control"));
        // From here on the tables are a backup.
        write(2, event("open-2", openDay, Footprints.parametric()));
        write(5, event("too-late", oldDay, Footprints.flat(9)).setLate(true));
        reject(0, "r1");

        RebuildReport report = rebuild();

        assertThat(report.rowsAdded()).isEqualTo(2);
        assertThat(report.rowsThere()).isEqualTo(9);
        assertThat(report.rejectionsAdded()).isEqualTo(1);
        assertThat(row("SELECT call_count FROM daily_org_agg WHERE date = '" + openDay + "'"))
                .containsExactly("2");
        assertThat(dump("SELECT " + TOTALS + " FROM daily_usage WHERE date = '" + oldDay + "' ORDER BY "
                        + KEYS.get("daily_usage")))
                .isEqualTo(sealed);
        assertThat(dump("SELECT * FROM daily_control ORDER BY " + KEYS.get("daily_control")))
                .isEqualTo(control);
        assertThat(row("SELECT id, rating_version FROM events_enriched WHERE rating_version <> 1"))
                .containsExactly("too-late", "0");
        assertThat(row("SELECT date, state FROM day_states WHERE needs_restatement"))
                .containsExactly(oldDay.toString(), "sealed");
        assertNoDifferences();

        restate(null);

        assertThat(row("SELECT call_count FROM daily_org_agg WHERE date = '" + oldDay + "' AND org_id = '" + org + "'"))
                .containsExactly("5");
    }

    @Test
    void beside_the_live_job_nothing_is_counted_twice_and_open_days_are_sealed_by_its_windows() throws Exception {
        JobClient live = live();
        oldDays();
        for (int i = 0; i < 200; i++) {
            write(i % Topic.EVENTS_ENRICHED.partitions(), event("open-" + i, openDay, Footprints.flat(3)));
        }
        heartbeats(oldDay.plusDays(8));
        KafkaForJobs.await(() -> number("SELECT count(*) FROM events_enriched"), rows -> rows == 207);
        KafkaForJobs.await(() -> number("SELECT count(*) FROM day_states WHERE state = 'sealed'"), days -> days == 2);

        truncate();
        for (int i = 200; i < 300; i++) {
            write(i % Topic.EVENTS_ENRICHED.partitions(), event("open-" + i, openDay, Footprints.flat(3)));
        }
        rebuild();

        KafkaForJobs.await(() -> number("SELECT count(*) FROM events_enriched"), rows -> rows == 307);
        KafkaForJobs.await(
                () -> number("SELECT call_count FROM daily_org_agg WHERE date = '" + openDay + "'"),
                calls -> calls == 300);
        assertThat(number("SELECT count(*) FROM day_states WHERE state = 'sealed'"))
                .isEqualTo(2);
        assertNoDifferences();
        assertThat(number("SELECT count(*) FROM daily_control WHERE date = '" + openDay + "'"))
                .isZero();

        heartbeats(openDay.plusDays(9));

        KafkaForJobs.await(() -> number("SELECT count(*) FROM day_states WHERE state = 'sealed'"), days -> days == 3);
        assertThat(number("SELECT sum(call_count) FROM daily_control WHERE date = '" + openDay + "'"))
                .isEqualTo(300);
        live.cancel().get();
    }

    @Test
    void a_day_that_was_rated_again_comes_back_with_the_ledgers_rating_and_is_named() throws Exception {
        write(1, event("a", oldDay, Footprints.flat(7)));
        heartbeats(oldDay.plusDays(8));
        rebuild();
        String set = storedSet();
        restate(set);
        assertThat(row("SELECT kwh FROM daily_org_agg")).containsExactly("0.002400000000");

        truncate();
        RebuildReport report = rebuild();

        assertThat(row("SELECT kwh FROM daily_org_agg")).containsExactly("0.000000000007");
        assertThat(report.ratedAsLedger())
                .containsExactly(new RebuildReport.RatedAsLedger(new OrgDay(org, oldDay), set, 3));
        assertThat(String.join("\n", report.lines())).contains(org + " " + oldDay + ": was under " + set);
        assertThat(row("SELECT old_totals ->> 'kwh', new_totals ->> 'kwh' FROM rating_versions WHERE org_id = '" + org
                        + "' AND kind = 'rebuild'"))
                .containsExactly("0.002400000000", "0.000000000007");

        restate(set);

        assertThat(row("SELECT kwh FROM daily_org_agg")).containsExactly("0.002400000000");
        assertThat(row("SELECT rating_version FROM day_states")).containsExactly("4");
    }

    @Test
    void a_day_that_kafka_holds_in_part_is_not_sealed_and_is_named() throws Exception {
        write(1, event("a", oldDay, Footprints.flat(7)));
        write(1, event("b", oldDay, Footprints.flat(5)));
        heartbeats(oldDay.plusDays(8).minusDays(1));
        write(1, event("c", openDay, Footprints.flat(3)));
        heartbeats(openDay.plusDays(9));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(Topic.EVENTS_ENRICHED.topicName(), 1), RecordsToDelete.beforeOffset(1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }

        RebuildReport report = rebuild();

        assertThat(report.rowsAdded()).isEqualTo(2);
        assertThat(report.truncatedDays()).containsExactly(new OrgDay(org, oldDay));
        assertThat(String.join("\n", report.lines()))
                .contains("perhaps incomplete")
                .contains(oldDay.toString());
        assertThat(row("SELECT state FROM day_states WHERE date = '" + oldDay + "'"))
                .containsExactly("disputed");
        assertThat(row("SELECT state FROM day_states WHERE date = '" + openDay + "'"))
                .containsExactly("sealed");
    }

    @Test
    void without_a_heartbeat_of_every_partition_no_day_is_closed() throws Exception {
        write(1, event("a", oldDay, Footprints.flat(7)));
        for (int partition = 1; partition < Topic.EVENTS_ENRICHED.partitions(); partition++) {
            heartbeat(partition, oldDay.plusDays(8));
        }

        assertThat(rebuild().daysClosed()).isZero();

        assertThat(row("SELECT state FROM day_states")).containsExactly("open");
        assertThat(number("SELECT count(*) FROM daily_control")).isZero();
        assertThat(row("SELECT complete_through()")).containsExactly("null");
    }

    @Test
    void a_ledger_with_an_organisation_that_the_database_does_not_have_is_refused() throws Exception {
        write(1, event("a", oldDay, Footprints.flat(7)));
        EnrichedEvent.Builder stranger = event("b", oldDay, Footprints.flat(7));
        stranger.getEventBuilder().setOrgId(org + "-gone");
        write(1, stranger);

        assertThatThrownBy(this::rebuild)
                .isInstanceOf(RebuildRefusedException.class)
                .hasMessageContaining("1 organisations")
                .hasMessageContaining(org + "-gone");

        assertThat(number("SELECT count(*) FROM events_enriched")).isZero();
        assertThat(number("SELECT count(*) FROM day_states")).isZero();
    }

    @Test
    void totals_whose_rows_are_gone_are_refused_because_they_would_be_counted_twice() throws Exception {
        write(1, event("a", oldDay, Footprints.flat(7)));
        rebuild();
        execute("TRUNCATE events_enriched");

        assertThatThrownBy(this::rebuild)
                .isInstanceOf(RebuildRefusedException.class)
                .hasMessageContaining(org + " " + oldDay);

        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("1", "0.000000000007");
    }

    @Test
    void while_it_runs_no_day_is_closed_and_no_restatement_begins() throws Exception {
        write(1, event("a", oldDay, Footprints.flat(7)));
        List<Boolean> free = new ArrayList<>();

        new Rebuild(config, () -> JobEnvironment.localBounded(2)).run((phase, done, total) -> {
            try (Connection connection = database.as("ecomind_pipeline").getConnection()) {
                free.add(AdvisoryLock.SEAL_DAYS.tryLock(connection));
                free.add(AdvisoryLock.RESTATEMENT.tryLock(connection));
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(free).isNotEmpty().doesNotContain(true);
        assertThat(row("SELECT state, rows_added, events FROM rebuilds ORDER BY id DESC LIMIT 1"))
                .containsExactly("done", "1", "1");
    }

    /** Seven calls of two days, the last one begun in another zone, with a record that the ledger holds twice. */
    private void oldDays() throws Exception {
        EnrichedEvent.Builder repeated = event("a", oldDay, Footprints.flat(7));
        write(1, repeated);
        write(2, event("b", oldDay, Footprints.parametric()));
        write(3, event("c", oldDay, Footprints.uncovered()));
        write(3, event("late", oldDay, Footprints.flat(100)).setLate(true));
        write(1, repeated);
        zone = ZoneId.of("Asia/Tokyo");
        LocalDate before = oldDay.minusDays(1);
        for (int i = 0; i < 3; i++) {
            EnrichedEvent.Builder event = event("d" + i, before, Footprints.flat(11 + i));
            event.getEventBuilder().setUserId("user-" + i).setModel("m" + i % 2);
            write(4, event);
        }
        zone = ZoneOffset.UTC;
    }

    private RebuildReport rebuild() throws Exception {
        return new Rebuild(config, () -> JobEnvironment.localBounded(2)).run(RebuildProgress.NONE);
    }

    private void restate(@Nullable String set) throws Exception {
        new RestatementRunner(config, () -> JobEnvironment.localBounded(2))
                .run(new RestatementRequest(set, org, null, null, "a test"));
    }

    private JobClient live() throws Exception {
        var env = KafkaForJobs.environment(directory.resolve("checkpoints"));
        DailyAggregationJob.build(
                env,
                config,
                DailyAggregationJob.AggregationSources.kafka(config),
                DailyAggregationJob.AggregationSinks.tables(config));
        return env.executeAsync();
    }

    private String storedSet() throws Exception {
        String id = "rebuilt-" + UUID.randomUUID().toString().substring(0, 8);
        FactorSetFiles files = RawEvents.files(id, "0.002");
        try (Connection connection = database.owner().getConnection()) {
            connection.setAutoCommit(false);
            FactorSets.insert(connection, files, files.parse(), Instant.now().plusSeconds(120));
            connection.commit();
        }
        return id;
    }

    private EnrichedEvent.Builder event(String id, LocalDate day, Footprint.Builder footprint) {
        Instant start = day.atStartOfDay(zone).toInstant();
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(org, id, start.plusSeconds(43_200).toEpochMilli() * 1000))
                .setRawPartition(1)
                .setRawOffset(rawOffset++)
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setDayStartMillis(start.toEpochMilli())
                .setDayEndMillis(day.plusDays(1).atStartOfDay(zone).toInstant().toEpochMilli())
                .setFootprint(footprint);
    }

    private void write(int partition, EnrichedEvent.Builder event) throws Exception {
        kafka.write(Topic.EVENTS_ENRICHED, partition, record(event));
    }

    private static byte[] record(EnrichedEvent.Builder event) {
        return EnrichedRecord.newBuilder().setEvent(event).build().toByteArray();
    }

    private void inTransaction(EnrichedEvent.Builder event, boolean commit) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(
                        "bootstrap.servers", kafka.bootstrapServers(), "transactional.id", "rebuild-" + commit),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(Topic.EVENTS_ENRICHED.topicName(), 7, null, record(event)))
                    .get(30, TimeUnit.SECONDS);
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }
    }

    private void reject(int partition, String id) throws Exception {
        kafka.write(
                Topic.EVENTS_REJECTED,
                partition,
                Rejection.newBuilder()
                        .setOrigin("job")
                        .setOrgId(org)
                        .setCode("id_conflict")
                        .setEventId(id)
                        .setRejectedAtMicros(RawEvents.micros("2026-01-01T00:00:00Z"))
                        .build()
                        .toByteArray());
    }

    /** From so late on the day that days which end at its horizon are compared, and disputed when they differ. */
    private void heartbeats(LocalDate day) throws Exception {
        for (int partition = 0; partition < Topic.EVENTS_ENRICHED.partitions(); partition++) {
            heartbeat(partition, day);
        }
    }

    private void heartbeat(int partition, LocalDate day) throws Exception {
        long micros = day.atTime(2, 0).toInstant(ZoneOffset.UTC).toEpochMilli() * 1000;
        kafka.write(
                Topic.EVENTS_ENRICHED,
                partition,
                EnrichedRecord.newBuilder()
                        .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(micros))
                        .build()
                        .toByteArray());
    }

    /** A live job may hold tables in another order, and one of both is then chosen to begin again. */
    private void truncate() throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                execute("TRUNCATE " + String.join(", ", PROJECTION));
                return;
            } catch (SQLException e) {
                if (attempt == 5 || !"40P01".equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    private void assertNoDifferences() throws SQLException {
        assertThat(dump("SELECT d.org_id, d.date, differing FROM day_states d,"
                        + " day_differences(d.org_id, d.date, d.day_end) WHERE side <> 'window'"))
                .isEmpty();
    }

    /** All rows of the projection without versions and what tells of the moment of writing. */
    private String everything() throws SQLException {
        var all = new StringBuilder();
        for (var table : KEYS.entrySet()) {
            all.append(table.getKey())
                    .append('\n')
                    .append(dump("SELECT " + table.getValue() + ", " + TOTALS + " FROM " + table.getKey() + " ORDER BY "
                            + table.getValue()));
        }
        return all
                + dump("SELECT to_jsonb(e) - 'rating_version' FROM events_enriched e ORDER BY raw_offset")
                + dump("SELECT * FROM events_rejected ORDER BY rejected_partition, rejected_offset")
                + dump("SELECT org_id, date, day_end, state, needs_restatement, detail FROM day_states ORDER BY 1, 2")
                + dump("SELECT partition, next_offset, received_through FROM projection_offsets ORDER BY 1");
    }

    private long number(String query) throws SQLException {
        List<String> values = row(query);
        return values.isEmpty() || values.get(0).equals("null") ? 0 : Long.parseLong(values.get(0));
    }

    /** The only row, empty when there is none. */
    private List<String> row(String query) throws SQLException {
        String text = dump(query);
        assertThat(text.lines().count()).as(query).isLessThan(2);
        return text.isEmpty() ? List.of() : List.of(text.strip().split("\\|", -1));
    }

    private String dump(String query) throws SQLException {
        var all = new StringBuilder();
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    all.append(i == 1 ? "" : "|").append(rows.getString(i));
                }
                all.append('\n');
            }
        }
        return all.toString();
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
