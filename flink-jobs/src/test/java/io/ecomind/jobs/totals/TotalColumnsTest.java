package io.ecomind.jobs.totals;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The migrations write the columns' names out, in tables and in functions; the code takes them from {@link Counter} and
 * {@link Figure}. A counter or a quantity that is added to those is added to the tables by a new migration, and to the
 * lists of the functions in their repeatable migrations.
 */
@Tag("integration")
class TotalColumnsTest {
    private static final List<String> AMOUNTS =
            Figure.ALL.stream().map(Figure::column).toList();

    private static final List<String> COLUMNS = Stream.concat(
                    Stream.of(Counter.values()).map(Counter::column), AMOUNTS.stream())
            .toList();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "events_enriched",
                "daily_usage",
                "daily_control",
                "daily_org_agg",
                "daily_user_agg",
                "daily_provider_agg",
                "daily_model_agg",
                "daily_project_agg",
                "daily_environment_agg",
                "usage_hourly",
                "hourly_org_agg",
                "daily_usage_history",
                "restatement_totals",
                "restatement_rows"
            })
    void every_figure_has_its_column_and_no_other_amount_is_there(String table) throws Exception {
        Map<String, String> expected = new TreeMap<>();
        Figure.ALL.forEach(figure -> expected.put(figure.column(), "numeric(30," + figure.scale() + ")"));

        assertThat(columns(table, "numeric")).as("amounts of %s", table).isEqualTo(expected);
        if (!table.equals("events_enriched") && !table.equals("restatement_rows")) {
            Map<String, String> counters = new TreeMap<>();
            for (Counter counter : Counter.values()) {
                counters.put(counter.column(), "bigint NOT NULL");
            }
            if (table.endsWith("_agg")) {
                // The order of a row's changes, for those who read usage.totals.
                counters.put("sequence", "bigint NOT NULL");
            }
            if (table.equals("restatement_totals")) {
                counters.put("restatement", "bigint NOT NULL");
            }
            assertThat(columns(table, "bigint")).as("counters of %s", table).isEqualTo(counters);
        }
    }

    /** What functions reckon with one by one. */
    private static final Map<String, Set<String>> NAMED_ALONE =
            Map.of("day_differences", Set.of("call_count"), "restate_day", Set.of("call_count"));

    @Test
    void the_list_of_the_database_is_that_of_counters_and_figures() throws Exception {
        List<String> listed = new ArrayList<>();
        try (Connection connection = TestDatabase.get().owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name, is_amount FROM total_columns() ORDER BY place")) {
            while (rows.next()) {
                listed.add(rows.getString(1));
                assertThat(rows.getBoolean(2)).as(rows.getString(1)).isEqualTo(AMOUNTS.contains(rows.getString(1)));
            }
        }

        assertThat(listed).isEqualTo(COLUMNS);
    }

    @Test
    void no_other_function_has_a_list_of_its_own() throws Exception {
        Map<String, Set<String>> named = new TreeMap<>();
        for (Map.Entry<String, String> function : functions().entrySet()) {
            Set<String> columns = new TreeSet<>(COLUMNS);
            columns.retainAll(List.of(function.getValue().split("\\W+")));
            columns.removeAll(NAMED_ALONE.getOrDefault(function.getKey(), Set.of()));
            if (!columns.isEmpty()) {
                named.put(function.getKey(), columns);
            }
        }

        assertThat(named.keySet()).containsExactly("total_columns");
    }

    @Test
    void differences_of_a_day_name_every_counter_and_figure_that_differs() throws Exception {
        String names = String.join(", ", COLUMNS);
        String values = ", 1".repeat(COLUMNS.size());
        String day = "'total-columns', DATE '2026-03-14'";
        try (Connection connection = TestDatabase.get().owner().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String table : List.of("daily_usage", "daily_control")) {
                statement.execute("INSERT INTO " + table
                        + " (org_id, date, user_id, project, provider, model, region, factor_set, " + names
                        + ") VALUES (" + day + ", 'u', 'p', 'openai', 'm', 'r', 'f'" + values + ")");
            }
            statement.execute("INSERT INTO usage_hourly (org_id, date, hour, source, provider, model, " + names
                    + ") VALUES (" + day + ", TIMESTAMPTZ '2026-03-14 10:00Z', 's', 'openai', 'm'" + values + ")");
            Map<String, String> differing = new TreeMap<>();
            try (ResultSet rows = statement.executeQuery("SELECT side, differing FROM"
                    + " day_differences('total-columns', DATE '2026-03-14', TIMESTAMPTZ '2026-03-15 00:00Z')")) {
                while (rows.next()) {
                    differing.put(rows.getString(1), rows.getString(2));
                }
            }
            connection.rollback();

            assertThat(differing).isEqualTo(Map.of("cube", names, "hour", names, "window", names));
        }
    }

    /** Source of every function, without comments and with single blanks. */
    private static Map<String, String> functions() throws SQLException {
        Map<String, String> functions = new TreeMap<>();
        try (Connection connection = TestDatabase.get().owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")) {
            while (rows.next()) {
                functions.put(
                        rows.getString(1),
                        rows.getString(2).replaceAll("--[^\n]*", "").replaceAll("\\s+", " "));
            }
        }
        return functions;
    }

    private static Map<String, String> columns(String table, String type) throws SQLException {
        Map<String, String> columns = new TreeMap<>();
        try (Connection connection = TestDatabase.get().owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT attname, format_type(atttypid, atttypmod)"
                        + " || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END FROM pg_attribute"
                        + " WHERE attrelid = '" + table + "'::regclass AND attnum > 0 AND NOT attisdropped"
                        + " AND atttypid = '" + type + "'::regtype")) {
            while (rows.next()) {
                columns.put(rows.getString(1), rows.getString(2));
            }
        }
        return columns;
    }
}
