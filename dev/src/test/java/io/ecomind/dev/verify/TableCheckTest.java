package io.ecomind.dev.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.dev.stack.Dsn;
import io.ecomind.testkit.TestDatabase;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class TableCheckTest {
    private final LocalDate testDay = LocalDate.now(java.time.ZoneOffset.UTC).minusDays(2);
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
        row("a", 3, 1, "0.000000000001");
        row("b", 4, 1, "NULL");
        String sums = "2, 1, 10, 20, 0.000000000001, 0.000000001, 0.000000000002";
        String columns = "call_count, uncovered_count, tokens_in, tokens_out, kwh, water_l, co2_kg";
        execute("INSERT INTO daily_usage (org_id, date, user_id, project, provider, model, region, factor_set, "
                + columns + ") VALUES ('" + org + "', '" + testDay + "', 'u', '', 'p', 'm', 'r', 'f', " + sums + ")");
        execute("INSERT INTO daily_org_agg (org_id, date, " + columns + ") VALUES ('" + org + "', '" + testDay + "', "
                + sums + ")");
        execute("INSERT INTO daily_user_agg (org_id, date, user_id, " + columns + ") VALUES ('" + org + "', '" + testDay
                + "', 'u', " + sums + ")");
        execute("INSERT INTO daily_provider_agg (org_id, date, provider, " + columns + ") VALUES ('" + org + "', '"
                + testDay + "', 'p', " + sums + ")");
        execute("INSERT INTO daily_model_agg (org_id, date, provider, model, " + columns + ") VALUES ('" + org + "', '"
                + testDay + "', 'p', 'm', " + sums + ")");
    }

    @Test
    void exact_totals_have_no_findings() throws SQLException {
        TableCheck check = check();
        assertThat(findings.lines()).isEmpty();
        TableCheck.DayRows day = check.days().get(new DayKey(org, testDay));
        assertThat(day).isNotNull();
        if (day != null) {
            assertThat(day.inside()).isEqualTo(day.stored());
            assertThat(day.inside().energy()).isEqualTo(BigInteger.ONE);
        }
    }

    @Test
    void a_total_that_is_one_nano_unit_off_is_found() throws SQLException {
        execute("UPDATE daily_model_agg SET kwh = kwh + 0.000000000001 WHERE org_id = '" + org + "'");
        TableCheck check = check();
        assertThat(findings.counts()).containsOnlyKeys("daily_model_agg is not the sum of its rows");
        assertThat(findings.lines().get(1)).contains("kwh rows 0.000000000001, table 0.000000000002");
        assertThat(check.differs(new DayKey(org, testDay))).isTrue();
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
    void a_doubled_row_is_found() throws SQLException {
        row("a-again", 3, 1, "NULL");
        check();
        assertThat(findings.counts()).containsEntry("events with more than one row", 1L);
    }

    @Test
    void a_row_without_an_event_is_found_unless_it_lies_beyond_the_captured_ends() throws SQLException {
        row("ghost", 6, 0, "NULL");
        row("newer", 10, 0, "NULL");
        check();
        assertThat(findings.lines()).containsExactly("rows without an event in the ledger: 1", "  0:6");
    }

    @Test
    void rows_that_wait_for_restatement_are_in_no_total() throws SQLException {
        ledger.add(0, 5);
        row("late", 5, 0, "NULL");
        TableCheck check = check();
        assertThat(findings.isEmpty()).isTrue();
        TableCheck.DayRows day = check.days().getOrDefault(new DayKey(org, testDay), TableCheck.DayRows.NONE);
        assertThat(day.waiting().calls()).isEqualTo(BigInteger.ONE);
        assertThat(day.inside().minus(day.waiting())).isEqualTo(day.stored());
    }

    @Test
    void sums_that_differ_from_the_ledger_are_found() throws SQLException {
        TableCheck tables = check();
        var log = new LogClassifier(Selection.ALL, RANGES);
        VerificationReport report = Verification.report(log, tables);
        assertThat(report.exact()).isFalse();
        assertThat(report.conclusion()).startsWith("verify: DIFFERENT: 0 raw =");
        assertThat(report.findings().lines()).anyMatch(line -> line.contains("nWh ledger 0, table 1"));
    }

    private TableCheck check() throws SQLException {
        var check = new TableCheck(new Selection(org, null, null), findings);
        check.run(new Dsn(database.jdbcUrl(), "ecomind_pipeline", database.password()), ledger, RANGES);
        return check;
    }

    private void row(String id, long offset, int version, String kwh) throws SQLException {
        String water = kwh.equals("NULL") ? "NULL" : "0.000000001";
        String carbon = kwh.equals("NULL") ? "NULL" : "0.000000000002";
        execute("INSERT INTO events_enriched (org_id, ts, source, id, received_at, local_date, late, user_id, provider,"
                + " model, project, environment, region, node_type, modality, tokens_in, tokens_out, kwh, water_l,"
                + " co2_kg, factor_set, match, grid_match, evidence_tier, api_key_id, raw_partition, raw_offset,"
                + " rating_version) VALUES ('" + org + "', '" + testDay + " 12:00:00+00', 's', '" + id + "', now(), '"
                + testDay
                + "', false, 'u', 'p', 'm', '', '', 'r', '', 'text', 5, 10, " + kwh + ", " + water + ", " + carbon
                + ", 'f', 'exact', 'region', 3, 'k', 0, " + offset + ", " + version + ")");
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
