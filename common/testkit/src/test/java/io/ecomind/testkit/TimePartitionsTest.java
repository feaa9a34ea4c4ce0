package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every moment has a partition, whoever writes and whenever the worker last ran. On a real PostgreSQL. */
@Tag("integration")
class TimePartitionsTest {
    private static final String AHEAD = "date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '3 months'";

    private final TestDatabase database = TestDatabase.get();

    @Test
    void after_the_migrations_nothing_is_missing() throws Exception {
        try (Connection connection = database.as("ecomind_worker").getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(QueriedColumn.of(statement, "SELECT maintain_time_partitions()"))
                    .containsExactly("0");
        }
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(QueriedColumn.of(statement, """
                            SELECT t.table_name || ' ' || part.name
                            FROM time_partitioned_tables t,
                                 unnest(ARRAY['past', 'rest', to_char(now() AT TIME ZONE 'UTC', 'YYYYMM'),
                                              to_char(%s, 'YYYYMM')]) AS part (name)
                            WHERE to_regclass('public.' || t.table_name || '_' || part.name) IS NULL
                            """.formatted(AHEAD))).isEmpty();
        }
    }

    @Test
    void rows_of_three_hundred_months_make_no_relation() throws Exception {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            String relations = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
            List<String> before = QueriedColumn.of(statement, relations);
            statement.execute("INSERT INTO daily_org_agg (org_id, date, call_count, uncovered_count, tokens_in,"
                    + " tokens_out) SELECT 'partitions', now()::date - n * INTERVAL '1 month', n, 0, 0, 0"
                    + " FROM generate_series(0, 299) AS n");

            assertThat(QueriedColumn.of(statement, relations)).isEqualTo(before);
            assertThat(QueriedColumn.of(
                            statement, "SELECT sum(call_count) FROM daily_org_agg WHERE org_id = 'partitions'"))
                    .containsExactly("44850");
            assertThat(QueriedColumn.of(
                            statement,
                            "SELECT DISTINCT tableoid::regclass FROM daily_org_agg WHERE org_id = 'partitions'"
                                    + " AND date < now() - INTERVAL '20 months'"))
                    .containsExactly("daily_org_agg_past");
            connection.rollback();
        }
    }

    @Test
    void a_month_that_is_made_late_takes_its_rows_along() throws Exception {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            String month = QueriedColumn.of(statement, "SELECT to_char(" + AHEAD + ", 'YYYYMM')")
                    .get(0);
            statement.execute("DROP TABLE daily_org_agg_" + month);
            statement.execute("INSERT INTO daily_org_agg (org_id, date, call_count, uncovered_count, tokens_in,"
                    + " tokens_out, sequence) VALUES ('late', (" + AHEAD + ")::date, 7, 0, 0, 0, 42),"
                    + " ('late', (" + AHEAD + " + INTERVAL '1 month')::date, 8, 0, 0, 0, 43)");
            String where = "SELECT tableoid::regclass || ' ' || call_count || ' ' || sequence FROM daily_org_agg"
                    + " WHERE org_id = 'late' ORDER BY date";
            assertThat(QueriedColumn.of(statement, where))
                    .containsExactly("daily_org_agg_rest 7 42", "daily_org_agg_rest 8 43");

            assertThat(QueriedColumn.of(statement, "SELECT maintain_time_partitions()"))
                    .containsExactly("1");

            assertThat(QueriedColumn.of(statement, where))
                    .containsExactly("daily_org_agg_" + month + " 7 42", "daily_org_agg_rest 8 43");
            // It is guarded by its parent's triggers like the others.
            statement.execute("UPDATE daily_org_agg SET call_count = 9 WHERE org_id = 'late' AND call_count = 7");
            assertThat(QueriedColumn.of(statement, "SELECT sequence > 42 FROM daily_org_agg WHERE call_count = 9"))
                    .containsExactly("t");
            connection.rollback();
        }
    }

    @Test
    void nobody_else_makes_partitions() {
        for (String role : List.of("ecomind_gateway", "ecomind_api", "ecomind_pipeline", "ecomind_dispatcher")) {
            assertThatThrownBy(() -> {
                        try (Connection connection = database.as(role).getConnection();
                                Statement statement = connection.createStatement()) {
                            statement.execute("SELECT maintain_time_partitions()");
                        }
                    })
                    .as(role)
                    .hasMessageContaining("permission denied");
        }
    }
}
