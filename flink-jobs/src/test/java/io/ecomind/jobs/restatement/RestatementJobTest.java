package io.ecomind.jobs.restatement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.projection.Footprints;
import io.ecomind.jobs.projection.Projected;
import io.ecomind.jobs.restatement.RestatementResult.DayOutcome;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.totals.DailyUsageKey;
import io.ecomind.jobs.totals.TotalColumns;
import io.ecomind.store.FactorSets;
import io.ecomind.testkit.TestDatabase;
import io.ecomind.usage.UsageField;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.JobListener;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sealed days are restated as a whole, once, and only while they are what they were when their rows were read. */
@Tag("integration")
@Tag("ci")
class RestatementJobTest {
    private static final String CONTROL_KEY = "org_id, date, user_id, project, provider, model, region, factor_set";
    private static final AtomicLong OFFSETS = new AtomicLong();
    private static final Map<String, String> AGGREGATES = Map.of(
            "daily_org_agg", "org_id, date",
            "daily_user_agg", "org_id, date, user_id",
            "daily_project_agg", "org_id, date, project",
            "daily_environment_agg", "org_id, date, environment",
            "daily_provider_agg", "org_id, date, provider",
            "daily_model_agg", "org_id, date, provider, model");
    private static final List<String> TOTALS = Stream.concat(
                    Stream.of(Counter.values()).map(Counter::column),
                    Figure.ALL.stream().map(Figure::column))
            .toList();

    private final TestDatabase database = TestDatabase.get();
    private final String org =
            "restated-" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(20);
    private final JobConfig config = JobConfig.of(
            "127.0.0.1:1",
            database.jdbcUrl(),
            "ecomind_pipeline",
            database.password().value());
    private final RestatementRunner restatements = new RestatementRunner(config, () -> JobEnvironment.localBounded(2));

    @FunctionalInterface
    private interface Hook {
        void run() throws Exception;
    }

    @BeforeEach
    void anOrganisation() throws SQLException {
        database.addOrganisation(org, "enterprise", "UTC");
    }

    @Test
    void late_rows_of_a_sealed_day_get_into_all_tables_under_a_new_version_and_the_old_one_stays_readable()
            throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        late("late-2", Footprints.parametric().setCarbonMarket(Footprints.band(7, 8, 9)));
        late("late-3", Footprints.uncovered());
        String control = dump("SELECT * FROM daily_control WHERE org_id = '" + org + "' ORDER BY factor_set");
        String before =
                dump("SELECT " + cubeColumns() + " FROM daily_usage WHERE org_id = '" + org + "' ORDER BY 1, 2");
        assertThat(row("SELECT call_count FROM daily_org_agg")).containsExactly("3");

        RestatementResult done = restatements.run(lateOf(org));

        assertThat(done.days()).hasSize(1);
        RestatementResult.RestatedDay restated = done.days().get(0);
        assertThat(restated.outcome()).isEqualTo(DayOutcome.RESTATED);
        assertThat(restated.version()).isEqualTo(2);
        assertThat(restated.before()).isEqualTo(new RestatementResult.DayTotals(3, kwh(1002), litres(1055), kwh(1880)));
        assertThat(restated.after()).isEqualTo(new RestatementResult.DayTotals(6, kwh(1009), litres(1115), kwh(2765)));
        assertThat(row("SELECT state, rating_version, needs_restatement FROM day_states"))
                .containsExactly("sealed", "2", "f");
        assertThat(row("SELECT count(*), min(rating_version), max(rating_version) FROM events_enriched"))
                .containsExactly("6", "2", "2");
        assertExact();
        assertThat(dump("SELECT " + cubeColumns() + " FROM daily_usage_history WHERE org_id = '" + org
                        + "' AND rating_version = 1 ORDER BY 1, 2"))
                .isEqualTo(before);
        assertThat(row("SELECT version, kind, factor_set, reason, old_totals ->> 'call_count', new_totals ->> 'kwh',"
                        + " new_totals ->> 'market_count' FROM rating_versions"))
                .containsExactly(
                        "2", "late", null, "a test; 3 of 6 rows came after sealing", "3", "0.000000001009", "1");
        assertThat(row("SELECT state, detail FROM restatements")).containsExactly("done", "days: 1 restated");
        assertThat(dump("SELECT * FROM daily_control WHERE org_id = '" + org + "' ORDER BY factor_set"))
                .isEqualTo(control);
        assertThat(row("SELECT count(*) FROM restatement_totals")).containsExactly("0");

        String state = everything();
        assertThat(restatements.run(lateOf(org)).days()).isEmpty();
        assertThat(everything()).isEqualTo(state);
    }

    @Test
    void a_second_lateness_makes_a_third_version() throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        restatements.run(lateOf(org));
        late("late-2", Footprints.flat(6));

        restatements.drain();

        assertThat(row("SELECT rating_version, needs_restatement FROM day_states"))
                .containsExactly("3", "f");
        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("5", "0.000000001013");
        assertThat(row("SELECT sum(call_count) FILTER (WHERE rating_version = 1),"
                        + " sum(call_count) FILTER (WHERE rating_version = 2) FROM daily_usage_history WHERE true"))
                .containsExactly("3", "4");
        assertExact();
    }

    @Test
    void a_row_that_comes_between_reading_and_the_end_is_not_lost() throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        String totals = dump("SELECT * FROM daily_usage WHERE org_id = '" + org + "' ORDER BY factor_set");

        RestatementResult first =
                afterReading(() -> late("late-2", Footprints.flat(6))).run(lateOf(org));

        assertThat(first.days().get(0).outcome()).isEqualTo(DayOutcome.CHANGED);
        assertThat(row("SELECT rating_version, needs_restatement FROM day_states"))
                .containsExactly("1", "t");
        assertThat(dump("SELECT * FROM daily_usage WHERE org_id = '" + org + "' ORDER BY factor_set"))
                .isEqualTo(totals);
        assertThat(row("SELECT count(*) FROM events_enriched WHERE rating_version = 0"))
                .containsExactly("2");

        assertThat(restatements.run(lateOf(org)).days().get(0).outcome()).isEqualTo(DayOutcome.RESTATED);
        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("5", "0.000000001013");
        assertExact();
    }

    @Test
    void a_day_whose_lock_is_not_free_in_time_is_tried_again_like_one_that_changed() throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        JobConfig impatient = JobConfig.of(
                "127.0.0.1:1",
                database.jdbcUrl() + (database.jdbcUrl().contains("?") ? "&" : "?")
                        + "options=-c%20lock_timeout%3D300ms",
                "ecomind_pipeline",
                database.password().value());
        try (Connection busy = database.owner().getConnection();
                Statement lock = busy.createStatement()) {
            busy.setAutoCommit(false);
            lock.execute("SELECT FROM day_states WHERE org_id = '" + org + "' FOR UPDATE");

            RestatementResult waiting =
                    new RestatementRunner(impatient, () -> JobEnvironment.localBounded(2)).run(lateOf(org));

            assertThat(waiting.days().get(0).outcome()).isEqualTo(DayOutcome.CHANGED);
            busy.rollback();
        }
        assertThat(row("SELECT rating_version, needs_restatement FROM day_states"))
                .containsExactly("1", "t");
        assertThat(restatements.run(lateOf(org)).days().get(0).outcome()).isEqualTo(DayOutcome.RESTATED);
        assertExact();
    }

    @Test
    void who_finds_another_version_changes_nothing() throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        String others = everything();

        RestatementResult lost = afterReading(
                        () -> execute("UPDATE day_states SET rating_version = 2 WHERE org_id = '" + org + "'"))
                .run(lateOf(org));

        assertThat(lost.days().get(0).outcome()).isEqualTo(DayOutcome.LOST);
        execute("UPDATE day_states SET rating_version = 1 WHERE org_id = '" + org + "'");
        assertThat(everything()).isEqualTo(others);
    }

    @Test
    void a_day_whose_rows_are_gone_stays_as_it_is_and_is_not_tried_again_by_itself() throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        execute("DELETE FROM events_enriched WHERE id = 'a' AND org_id = '" + org + "'");

        assertThat(restatements.run(lateOf(org)).days().get(0).outcome()).isEqualTo(DayOutcome.INCOMPLETE);

        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("3", "0.000000001002");
        assertThat(row("SELECT rating_version, needs_restatement, detail FROM day_states"))
                .containsExactly("1", "t", "not restated: event rows of the stored totals are gone");
        assertThat(restatements.drain())
                .allSatisfy(done ->
                        assertThat(done.days()).noneMatch(other -> other.orgId().equals(org)));
    }

    @Test
    void rating_again_changes_amounts_and_labels_and_leaves_what_was_sent() throws Exception {
        String set = storedSet("0.002");
        execute("INSERT INTO factors_overrides (org_id, id, provider, model, kwh_per_call, pue, water_l_per_kwh,"
                + " co2_kg_per_kwh, source, active_from) VALUES ('" + org + "', 'ours', 'openai', 'in-house', 1, 1, 1,"
                + " 1, 's', now() + INTERVAL '90 seconds')");
        // What was received before the notice is past cannot be had in a test but by the owner's hand.
        execute("ALTER TABLE factors_overrides DISABLE TRIGGER factors_overrides_check");
        execute("UPDATE factors_overrides SET active_from = now() - INTERVAL '60 days' WHERE org_id = '" + org + "'");
        execute("ALTER TABLE factors_overrides ENABLE TRIGGER factors_overrides_check");
        sealedDay();
        EnrichedEvent.Builder own = event("own", Footprints.flat(3).setFactorSet("s1+ours"));
        own.getEventBuilder().setModel("in-house");
        Projected.project(database, own.setLate(true));
        String raw = dump(rawFields());
        String control = dump("SELECT * FROM daily_control WHERE org_id = '" + org + "' ORDER BY factor_set");

        RestatementResult done =
                restatements.run(new RestatementRequest(set, org, day, day, "a better figure of the same model"));

        assertThat(done.days().get(0).outcome()).isEqualTo(DayOutcome.RESTATED);
        // Three calls at 0.002 kWh * 1.2 of the set and one by the organisation's own factor.
        assertThat(row("SELECT call_count, uncovered_count, kwh, water_l FROM daily_org_agg"))
                .containsExactly("4", "0", "1.007200000000", "1.014400000");
        assertThat(row("SELECT kwh, factor_set, match, matched, basis, rating_version FROM events_enriched"
                        + " WHERE id = 'a'"))
                .containsExactly("0.002400000000", set, "exact", "openai/gpt-4o", "per_call", "2");
        assertThat(row("SELECT kwh, factor_set, match, rating_version FROM events_enriched WHERE id = 'own'"))
                .containsExactly("1.000000000000", set + "+ours", "override", "2");
        assertThat(row("SELECT kwh_low, co2_embodied_kg FROM events_enriched WHERE id = 'parts'"))
                .containsExactly("0.002400000000", null);
        assertThat(dump(rawFields())).isEqualTo(raw);
        assertExact();
        assertThat(row("SELECT sum(call_count), sum(kwh) FROM daily_usage_history WHERE rating_version = 1"))
                .containsExactly("3", "0.000000001002");
        assertThat(row("SELECT kind, factor_set, reason FROM rating_versions"))
                .containsExactly(
                        "rerate",
                        set,
                        "a better figure of the same model; rated again under " + set
                                + "; 1 of 4 rows came after sealing");
        assertThat(row("SELECT needs_restatement FROM day_states")).containsExactly("f");
        assertThat(dump("SELECT * FROM daily_control WHERE org_id = '" + org + "' ORDER BY factor_set"))
                .isEqualTo(control);

        String state = everything();
        assertThat(restatements
                        .run(new RestatementRequest(set, org, day, day, "again"))
                        .days())
                .isEmpty();
        assertThat(everything()).isEqualTo(state);
    }

    @Test
    void an_open_day_waits_until_it_is_sealed() throws Exception {
        String set = storedSet("0.003");
        Projected.project(database, event("a", Footprints.flat(7)));
        String state = everything();

        RestatementResult waiting = restatements.run(new RestatementRequest(set, org, null, null, ""));

        assertThat(waiting.days().get(0).outcome()).isEqualTo(DayOutcome.NOT_SEALED);
        assertThat(row("SELECT state, detail FROM restatements")).containsExactly("waiting", "days: 1 not sealed");
        assertThat(everything()).isEqualTo(state);
        assertThat(restatements.run(lateOf(org)).days()).isEmpty();

        seal();
        restatements.drain();

        assertThat(row("SELECT state FROM restatements")).containsExactly("done");
        assertThat(row("SELECT kwh FROM daily_org_agg")).containsExactly("0.003600000000");
        assertExact();
    }

    @Test
    void a_run_that_died_is_taken_up_again() throws Exception {
        String set = storedSet("0.004");
        sealedDay();
        execute("WITH died AS (INSERT INTO restatements (org_id, from_date, to_date, kind, factor_set, state) VALUES ('"
                + org + "', '" + day + "', '" + day + "', 'rerate', '" + set + "', 'running') RETURNING id AS died_id)"
                + " INSERT INTO restatement_totals (restatement, " + cubeColumns() + ") SELECT died_id, "
                + cubeColumns()
                + " FROM daily_usage, died WHERE org_id = '" + org + "'");

        restatements.drain();

        assertThat(row("SELECT state FROM restatements")).containsExactly("done");
        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("3", "0.014400000000");
        assertExact();
    }

    @Test
    void an_unknown_set_is_refused() {
        assertThatThrownBy(() -> restatements.run(new RestatementRequest("no-such-set", org, null, null, "")))
                .isInstanceOf(UnknownFactorSetException.class)
                .hasMessage("there is no factor set no-such-set");
    }

    @Test
    void another_organisation_sees_nothing_of_it_and_may_request_nothing_for_it() throws Exception {
        sealedDay();
        late("late-1", Footprints.flat(5));
        restatements.run(lateOf(org));
        String other = org + "-b";
        database.addOrganisation(other, "enterprise", "UTC");

        try (Connection connection = database.as("ecomind_api").getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String viewer : List.of(org, other)) {
                statement.execute("SELECT set_config('app.people', 'all', true), set_config('app.org_id', '" + viewer
                        + "', true)");
                for (String table : List.of("rating_versions", "daily_usage_history", "restatements")) {
                    try (ResultSet rows = statement.executeQuery("SELECT count(*) > 0 FROM " + table)) {
                        rows.next();
                        assertThat(rows.getBoolean(1)).as(table).isEqualTo(viewer.equals(org));
                    }
                }
            }
            connection.rollback();
            String insert = "INSERT INTO restatements (org_id, from_date, to_date, kind) VALUES ('" + org + "', '" + day
                    + "', '" + day + "', 'late')";
            statement.execute(
                    "SELECT set_config('app.people', 'all', true), set_config('app.org_id', '" + other + "', true)");
            assertThatThrownBy(() -> statement.execute(insert)).hasMessageContaining("row-level security");
            connection.rollback();
            statement.execute(
                    "SELECT set_config('app.people', 'all', true), set_config('app.org_id', '" + org + "', true)");
            statement.execute(insert);
            assertThatThrownBy(() -> statement.execute("UPDATE restatements SET state = 'done'"))
                    .hasMessageContaining("permission denied");
            connection.rollback();
            for (String stage : List.of("restatement_totals", "restatement_rows")) {
                assertThatThrownBy(() -> statement.execute("SELECT FROM " + stage))
                        .hasMessageContaining("permission denied");
                connection.rollback();
            }
        }
    }

    /** Three calls in time, with different figures known of each. */
    private void sealedDay() throws Exception {
        Projected.project(
                database,
                event("a", Footprints.flat(1000)),
                event("parts", Footprints.parametric()),
                event("none", Footprints.uncovered()));
        seal();
    }

    private void seal() throws SQLException {
        execute("INSERT INTO daily_control (" + CONTROL_KEY + ", " + TotalColumns.NAMES + ") SELECT " + CONTROL_KEY
                + ", " + TotalColumns.SUMMED + " FROM daily_usage WHERE org_id = '" + org + "' GROUP BY "
                + CONTROL_KEY);
        execute("UPDATE day_states SET state = 'sealed' WHERE org_id = '" + org + "'");
    }

    private void late(String id, Footprint.Builder footprint) throws Exception {
        Projected.project(database, event(id, footprint).setLate(true));
    }

    private EnrichedEvent.Builder event(String id, Footprint.Builder footprint) {
        long noon = day.atTime(12, 0).toEpochSecond(ZoneOffset.UTC) * 1_000_000;
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(org, id, noon)
                        .setTokensCacheRead(40)
                        .setLatencyMs(700)
                        .setMetadataJson("{\"k\": 1}"))
                .setRawPartition(0)
                .setRawOffset(OFFSETS.getAndIncrement())
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setDayEndMillis(
                        day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli())
                .setFootprint(footprint);
    }

    private static RestatementRequest lateOf(String org) {
        return new RestatementRequest(null, org, null, null, "a test");
    }

    /** Stores a set in which a call of openai/gpt-4o costs so much at the server. */
    private String storedSet(String kwhPerCall) throws Exception {
        String id = "again-" + UUID.randomUUID().toString().substring(0, 8);
        FactorSetFiles files = RawEvents.files(id, kwhPerCall);
        try (Connection connection = database.owner().getConnection()) {
            connection.setAutoCommit(false);
            FactorSets.insert(connection, files, files.parse(), Instant.now().plusSeconds(120));
            connection.commit();
        }
        return id;
    }

    /** Restatements during which something happens after the rows were read and before the day is put in place. */
    private RestatementRunner afterReading(Hook hook) {
        return new RestatementRunner(config, () -> {
            StreamExecutionEnvironment env = JobEnvironment.localBounded(2);
            env.registerJobListener(new JobListener() {
                @Override
                public void onJobSubmitted(@Nullable JobClient client, @Nullable Throwable failure) {}

                @Override
                public void onJobExecuted(@Nullable JobExecutionResult result, @Nullable Throwable failure) {
                    try {
                        hook.run();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }
            });
            return env;
        });
    }

    /** The cube is the sum of the rows, and the aggregates are the sums of the cube, in every figure. */
    private void assertExact() throws SQLException {
        assertThat(dump("SELECT differing FROM day_states d, day_differences(d.org_id, d.date, d.day_end)"
                        + " WHERE side <> 'window' AND org_id = '" + org + "'"))
                .isEmpty();
        String names = String.join(", ", TOTALS);
        String sums = TOTALS.stream().map(name -> "sum(" + name + ")").collect(Collectors.joining(", "));
        for (var aggregate : AGGREGATES.entrySet()) {
            String of = " WHERE org_id = '" + org + "'";
            String expected = dump("SELECT " + aggregate.getValue() + ", " + sums + " FROM daily_usage" + of
                    + " GROUP BY " + aggregate.getValue() + " ORDER BY " + aggregate.getValue());
            assertThat(dump("SELECT " + aggregate.getValue() + ", " + names + " FROM " + aggregate.getKey() + of
                            + " ORDER BY " + aggregate.getValue()))
                    .as(aggregate.getKey())
                    .isEqualTo(expected)
                    .isNotEmpty();
        }
    }

    private static String cubeColumns() {
        return String.join(", ", DailyUsageKey.COLUMNS) + ", " + String.join(", ", TOTALS);
    }

    private String rawFields() {
        return "SELECT org_id, ts, source, id, received_at, local_date, late, user_id, provider, model, project,"
                + " environment, region, node_type, modality, status, "
                + UsageField.COUNTS.stream().map(UsageField::wireName).collect(Collectors.joining(", "))
                + ", metadata, api_key_id, raw_partition, raw_offset FROM events_enriched WHERE org_id = '" + org
                + "' ORDER BY id";
    }

    /** All that a restatement may change but its own request. */
    private String everything() throws SQLException {
        var all = new StringBuilder();
        for (String table : List.of(
                "events_enriched",
                "daily_usage",
                "daily_usage_history",
                "usage_hourly",
                "hourly_org_agg",
                "rating_versions",
                "daily_control")) {
            all.append(dump("SELECT t::text FROM " + table + " t WHERE org_id = '" + org + "' ORDER BY 1"));
        }
        for (String table : AGGREGATES.keySet().stream().sorted().toList()) {
            all.append(dump("SELECT t::text FROM " + table + " t WHERE org_id = '" + org + "' ORDER BY 1"));
        }
        return all
                + dump("SELECT state, rating_version, needs_restatement, detail FROM day_states WHERE org_id = '" + org
                        + "'");
    }

    private static BigDecimal kwh(long nanos) {
        return BigDecimal.valueOf(nanos, 12);
    }

    private static BigDecimal litres(long nanos) {
        return BigDecimal.valueOf(nanos, 9);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The only row of this test's organisation. */
    private List<@Nullable String> row(String query) throws SQLException {
        String own = query + (query.matches(".* FROM \\w+ WHERE .*") ? " AND" : " WHERE") + " org_id = '" + org + "'";
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(own)) {
            List<@Nullable String> values = new ArrayList<>();
            if (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    values.add(rows.getString(i));
                }
                assertThat(rows.next()).as("another row").isFalse();
            }
            return values;
        }
    }

    private String dump(String query) throws SQLException {
        var all = new StringBuilder();
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    all.append(rows.getString(i)).append('\t');
                }
                all.append('\n');
            }
        }
        return all.toString();
    }
}
