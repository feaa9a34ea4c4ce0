package io.ecomind.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.testkit.TestDatabase;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

@Tag("integration")
class TableCheckTest {
    private final LocalDate testDay = LocalDate.now(ZoneOffset.UTC).minusDays(2);
    private static final Map<Integer, OffsetRange> RANGES = Map.of(0, new OffsetRange(0, 10));

    private final TestDatabase database = TestDatabase.get();
    private final Findings findings = new Findings();
    private final OffsetSet ledger = new OffsetSet(RANGES);
    private String org = "";

    @BeforeEach
    void twoRowsAndTheirTotals(TestInfo test) throws SQLException {
        org = "verify-" + Integer.toHexString(test.getDisplayName().hashCode());
        ledger.add(0, 3);
        ledger.add(0, 4);
        row("a", 3, 1, true);
        row("b", 4, 1, false);
        String columns =
                "call_count, uncovered_count, tokens_in, tokens_out, uncovered_tokens_in, uncovered_tokens_out,"
                        + " market_count, " + columns();
        String sums = "2, 1, 10, 20, 5, 10, 0, " + amounts(true);
        for (String table : List.of(
                "daily_usage (user_id, project, source, provider, model, region, factor_set, match, evidence_tier,"
                        + " grid_match) 'u', '', 's', 'p', 'm', 'r', 'f', 'exact', 3, 'region'",
                "usage_hourly (hour, source, provider, model) '" + testDay + " 12:00:00+00', 's', 'p', 'm'",
                "hourly_org_agg (hour) '" + testDay + " 12:00:00+00'",
                "daily_user_agg (user_id) 'u'",
                "daily_project_agg (project) ''",
                "daily_environment_agg (environment) ''",
                "daily_provider_agg (provider) 'p'",
                "daily_model_agg (provider, model) 'p', 'm'")) {
            String[] parts = table.split("[()]");
            execute("INSERT INTO " + parts[0] + "(org_id, date, " + parts[1] + ", " + columns + ") VALUES ('" + org
                    + "', '" + testDay + "', " + parts[2] + ", " + sums + ")");
        }
        execute("INSERT INTO daily_org_agg (org_id, date, " + columns + ") VALUES ('" + org + "', '" + testDay + "', "
                + sums + ")");
    }

    @Test
    void exact_totals_have_no_findings() throws SQLException {
        TableCheck check = check();
        assertThat(findings.lines()).isEmpty();
        TableCheck.DayRows day = check.days().get(new DayKey(org, testDay));
        assertThat(day).isNotNull();
        if (day != null) {
            assertThat(day.inside().differences(day.stored())).isEmpty();
            assertThat(day.inside().amount(new Figure(Quantity.ENERGY, Bound.MID)))
                    .isEqualTo(new BigDecimal("0.000000000002"));
            assertThat(day.stored().amount(new Figure(Quantity.CARBON_MARKET, Bound.MID)))
                    .isNull();
        }
    }

    @Test
    void a_total_that_is_one_nano_unit_off_is_found() throws SQLException {
        execute("UPDATE daily_model_agg SET kwh = kwh + 0.000000000001 WHERE org_id = '" + org + "'");
        TableCheck check = check();
        assertThat(findings.counts()).containsOnlyKeys("daily_model_agg is not the sum of its rows");
        assertThat(findings.lines().get(1)).contains("kwh rows 0.000000000002, table 0.000000000003");
        assertThat(check.differs(new DayKey(org, testDay))).isTrue();
    }

    @Test
    void one_unit_more_or_a_zero_for_the_unknown_is_found_in_every_column() throws SQLException {
        List<String> columns = new ArrayList<>();
        Figure.ALL.forEach(figure -> columns.add(figure.column()));
        for (Counter counter : Counter.values()) {
            columns.add(counter.column());
        }
        execute("UPDATE daily_org_agg SET "
                + columns.stream()
                        .map(column -> column + " = coalesce(" + column + " + " + unit(column) + ", 0)")
                        .collect(Collectors.joining(", "))
                + " WHERE org_id = '" + org + "'");
        check();
        for (String column : columns) {
            assertThat(findings.lines().get(1)).as(column).contains(" " + column + " rows ");
        }
    }

    @Test
    void a_row_that_knows_what_its_event_does_not_is_found() throws SQLException {
        execute("UPDATE events_enriched SET co2_embodied_kg_low = 0 WHERE id = 'b' AND org_id = '" + org + "'");
        TableCheck tables = check();
        assertThat(findings.isEmpty()).isTrue();
        var log = new LogClassifier(Selection.ALL, RANGES);
        assertThat(Verification.report(log, tables).findings().lines())
                .anyMatch(line -> line.contains("calls with co2_embodied_kg_low ledger 0, table 2"));
    }

    @Test
    void a_zero_in_place_of_an_unknown_amount_is_found() throws SQLException {
        execute("UPDATE events_enriched SET kwh = NULL WHERE org_id = '" + org + "'");
        execute("UPDATE daily_usage SET kwh = 0, uncovered_count = 2 WHERE org_id = '" + org + "'");
        check();
        assertThat(findings.lines()).anyMatch(line -> line.contains("kwh rows nothing, table 0"));
    }

    @Test
    void a_total_without_rows_is_found() throws SQLException {
        execute("INSERT INTO daily_user_agg (org_id, date, user_id, call_count, uncovered_count, tokens_in, tokens_out)"
                + " VALUES ('" + org + "', '" + testDay + "', 'ghost', 1, 1, 0, 0)");
        check();
        assertThat(findings.counts()).containsOnlyKeys("daily_user_agg is not the sum of its rows");
    }

    @Test
    void an_event_without_a_row_is_found() throws SQLException {
        ledger.add(0, 5);
        check();
        assertThat(findings.lines()).containsExactly("events of the ledger without a row: 1", "  0:5");
    }

    @Test
    void a_restated_day_is_exact_and_only_the_calls_of_one_rated_again_are_compared_with_the_ledger()
            throws SQLException {
        execute("UPDATE events_enriched SET rating_version = 2 WHERE org_id = '" + org + "'");
        var log = new LogClassifier(Selection.ALL, RANGES);
        DayKey key = new DayKey(org, testDay);
        TableCheck late = check();
        assertThat(findings.isEmpty()).isTrue();
        assertThat(late.isRatedAgain(key)).isFalse();

        execute("INSERT INTO rating_versions (org_id, date, version, reason, kind, restatement, old_totals, new_totals)"
                + " VALUES ('" + org + "', '" + testDay + "', 2, 'r', 'rerate', 1, '{}', '{}')");
        TableCheck again = check();
        assertThat(again.isRatedAgain(key)).isTrue();
        assertThat(Verification.report(log, again).findings().lines())
                .anyMatch(line -> line.contains("call_count ledger 0, table 2"))
                .noneMatch(line -> line.contains("kwh"));

        execute("INSERT INTO rating_versions (org_id, date, version, reason, kind, restatement, old_totals, new_totals)"
                + " VALUES ('" + org + "', '" + testDay + "', 3, 'r', 'rebuild', 1, '{}', '{}')");
        assertThat(check().isRatedAgain(key)).isFalse();
    }

    @Test
    void a_doubled_row_is_found() throws SQLException {
        row("a-again", 3, 1, false);
        check();
        assertThat(findings.counts()).containsEntry("events with more than one row", 1L);
    }

    @Test
    void a_row_without_an_event_is_found_unless_it_lies_beyond_the_captured_ends() throws SQLException {
        row("ghost", 6, 0, false);
        row("newer", 10, 0, false);
        check();
        assertThat(findings.lines()).containsExactly("rows without an event in the ledger: 1", "  0:6");
    }

    @Test
    void rows_that_wait_for_restatement_are_in_no_total() throws SQLException {
        ledger.add(0, 5);
        row("late", 5, 0, true);
        TableCheck check = check();
        assertThat(findings.isEmpty()).isTrue();
        TableCheck.DayRows day = check.days().getOrDefault(new DayKey(org, testDay), TableCheck.DayRows.NONE);
        assertThat(day.waiting().count(Counter.CALL_COUNT)).isEqualTo(BigInteger.ONE);
        assertThat(day.inside().minus(day.waiting()).differences(day.stored())).isEmpty();
    }

    @Test
    void sums_that_differ_from_the_ledger_are_found() throws SQLException {
        TableCheck tables = check();
        var log = new LogClassifier(Selection.ALL, RANGES);
        VerificationReport report = Verification.report(log, tables);
        assertThat(report.exact()).isFalse();
        assertThat(report.conclusion()).startsWith("verify: DIFFERENT: 0 raw =");
        assertThat(report.findings().lines())
                .anyMatch(line -> line.contains("kwh ledger nothing, table 0.000000000002"));
    }

    private TableCheck check() throws SQLException {
        var check = new TableCheck(new Selection(org, null, null), findings);
        check.run(new DatabaseAddress(database.jdbcUrl(), "ecomind_pipeline", database.password()), ledger, RANGES);
        return check;
    }

    private void row(String id, long offset, int version, boolean covered) throws SQLException {
        execute("INSERT INTO events_enriched (org_id, ts, source, id, received_at, local_date, late, user_id, provider,"
                + " model, project, environment, region, node_type, modality, tokens_in, tokens_out, factor_set, match,"
                + " grid_match, evidence_tier, api_key_id, raw_partition, raw_offset, rating_version, " + columns()
                + ") VALUES ('" + org + "', '" + testDay + " 12:00:00+00', 's', '" + id + "', now(), '" + testDay
                + "', false, 'u', 'p', 'm', '', '', 'r', '', 'text', 5, 10, 'f', 'exact', 'region', 3, 'k', 0, "
                + offset + ", " + version + ", " + amounts(covered) + ")");
    }

    private static String unit(String column) {
        if (column.contains("count") || column.contains("tokens")) {
            return "1";
        }
        return column.startsWith("water") ? "0.000000001" : "0.000000000001";
    }

    private static String columns() {
        return Figure.ALL.stream().map(Figure::column).collect(Collectors.joining(", "));
    }

    /** 1, 2, 3, ... nano-units; no contract. */
    private static String amounts(boolean covered) {
        return Figure.ALL.stream()
                .map(figure -> covered && figure.quantity() != Quantity.CARBON_MARKET
                        ? BigDecimal.valueOf(figure.index() + 1, figure.scale()).toPlainString()
                        : "NULL")
                .collect(Collectors.joining(", "));
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
