package io.ecomind.jobs.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.runtime.CopyText;
import io.ecomind.jobs.totals.TotalColumns;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Closing a day compares every figure of every entry. Each test is one transaction that is rolled back. */
@Tag("integration")
class SealDaysTest {
    private static final String CONTROL_KEY = "org_id, date, user_id, project, provider, model, region, factor_set";
    private static final Map<String, String> SIDES =
            Map.of("daily_usage", "cube", "usage_hourly", "hour", "daily_control", "window");
    private static final String ORG = "seal-days";

    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(20);
    private final TestDatabase database = TestDatabase.get();

    @SuppressWarnings("NullAway.Init")
    private Connection connection;

    @BeforeEach
    void aDayThatIsDue() throws Exception {
        connection = database.owner().getConnection();
        connection.setAutoCommit(false);
        // Days of other tests must not take the place of this one.
        execute("DELETE FROM day_states");
        execute("INSERT INTO day_states (org_id, date, day_end) VALUES ('" + ORG + "', '" + day + "', TIMESTAMPTZ '"
                + day.plusDays(1) + " 00:00:00+00')");
        project(
                event("parts", 0, Footprints.parametric()),
                event("flat", 1, Footprints.flat(1000)),
                event("none", 2, Footprints.uncovered()));
        execute("INSERT INTO daily_control (" + CONTROL_KEY + ", " + TotalColumns.NAMES + ") SELECT " + CONTROL_KEY
                + ", " + TotalColumns.SUMMED + " FROM daily_usage WHERE org_id = '" + ORG + "' GROUP BY "
                + CONTROL_KEY);
        execute("INSERT INTO projection_offsets (partition, next_offset) VALUES (0, 0) ON CONFLICT DO NOTHING");
        execute("UPDATE projection_offsets SET received_through = now()");
    }

    @AfterEach
    void undo() throws SQLException {
        connection.rollback();
        connection.close();
    }

    @Test
    void equal_entries_are_sealed() throws Exception {
        assertThat(close()).isEqualTo("sealed");
    }

    @ParameterizedTest
    @MethodSource("columns")
    void one_unit_more_or_a_zero_for_the_unknown_in_any_column_is_disputed(String table, String column)
            throws Exception {
        boolean amount = Figure.ALL.stream().anyMatch(figure -> figure.column().equals(column));
        String unit = !amount ? "1" : column.startsWith("water") ? "0.000000001" : "0.000000000001";
        execute("UPDATE " + table + " SET " + column + " = coalesce(" + column + " + " + unit + ", 0) WHERE org_id = '"
                + ORG + "'");

        assertThat(close()).isEqualTo("disputed");
        assertThat(detail()).startsWith(SIDES.get(table) + ": rows - entry = ").endsWith("(" + column + ")");
    }

    static Stream<Arguments> columns() {
        return SIDES.keySet().stream()
                .flatMap(table -> Stream.concat(
                                Stream.of(Counter.values()).map(Counter::column),
                                Figure.ALL.stream().map(Figure::column))
                        .map(column -> Arguments.of(table, column)));
    }

    @Test
    void an_unknown_for_a_known_amount_is_disputed() throws Exception {
        execute("UPDATE daily_control SET co2_embodied_kg_high = NULL WHERE org_id = '" + ORG + "'");

        assertThat(close()).isEqualTo("disputed");
        assertThat(detail()).endsWith("(co2_embodied_kg_high)");
    }

    @Test
    void a_key_that_only_one_entry_has_is_disputed() throws Exception {
        execute("DELETE FROM daily_control WHERE org_id = '" + ORG + "'");

        assertThat(close()).isEqualTo("disputed");
        assertThat(detail()).startsWith("window: rows - entry = 3 calls for user_id=user-1");
    }

    @Test
    void late_rows_are_in_the_cube_and_in_no_window() throws Exception {
        project(event("late", 3, Footprints.flat(5).setCarbonMarket(Footprints.band(1, 2, 3)))
                .setLate(true));

        assertThat(close()).isEqualTo("sealed");
    }

    @Test
    void a_day_in_dispute_says_what_was_seen_last() throws Exception {
        execute("UPDATE daily_control SET tokens_in = tokens_in + 1 WHERE org_id = '" + ORG + "'");
        assertThat(close()).isEqualTo("disputed");
        execute("UPDATE daily_control SET tokens_in = tokens_in - 1, tokens_out = tokens_out + 1 WHERE org_id = '" + ORG
                + "'");

        execute("SELECT seal_days(INTERVAL '7 days')");

        assertThat(detail()).endsWith("(tokens_out)");
    }

    @Test
    void days_in_dispute_leave_every_other_day_its_turn() throws Exception {
        execute("""
                INSERT INTO day_states (org_id, date, day_end)
                SELECT 'a-' || i, s.date, s.day_end FROM day_states s, generate_series(1, 120) AS i""");
        execute("""
                INSERT INTO daily_control (org_id, date, user_id, project, provider, model, region, factor_set, call_count,
                                           uncovered_count, tokens_in, tokens_out)
                SELECT org_id, date, 'u', '', 'p', 'm', 'FRA', 's1', 1, 0, 0, 0 FROM day_states
                WHERE org_id LIKE 'a-%'""");

        for (int round = 1; round <= 3; round++) {
            execute("SELECT seal_days(INTERVAL '7 days')");
            // In one transaction now() stands still; rounds of the job are ten seconds apart.
            execute("UPDATE day_states SET checked_at = checked_at - INTERVAL '10 seconds'");
        }

        assertThat(column("SELECT state || ' ' || count(*) FROM day_states GROUP BY state ORDER BY state"))
                .containsExactly("disputed 120", "sealed 1");
    }

    private String close() throws SQLException {
        assertThat(column("SELECT seal_days(INTERVAL '7 days')")).containsExactly("2");
        return column("SELECT state FROM day_states").get(0);
    }

    private String detail() throws SQLException {
        return column("SELECT detail FROM day_states").get(0);
    }

    /** As the projection does it, but in this test's transaction. */
    private void project(EnrichedEvent.Builder... events) throws Exception {
        var copy = new EventRowCopy(events.length);
        var totals = new DailyTotals();
        for (EnrichedEvent.Builder event : events) {
            copy.add(event.build(), 1);
            totals.add(event.build());
        }
        CopyText.copyInto(connection, "events_enriched (" + EventRowCopy.COLUMNS + ")", copy.toBytes());
        totals.write(connection);
        execute("TRUNCATE staged_totals");
    }

    private EnrichedEvent.Builder event(String id, long rawOffset, Footprint.Builder footprint) {
        long noon = day.atTime(12, 0).toEpochSecond(ZoneOffset.UTC) * 1_000_000;
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(ORG, id, noon))
                .setRawPartition(0)
                .setRawOffset(rawOffset)
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setFootprint(footprint);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> column(String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
