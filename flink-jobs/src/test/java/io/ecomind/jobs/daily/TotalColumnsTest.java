package io.ecomind.jobs.daily;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The migrations write the columns' names out; the code takes them from its quantities. */
@Tag("integration")
class TotalColumnsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "events_enriched",
                "daily_usage",
                "daily_control",
                "daily_org_agg",
                "daily_user_agg",
                "daily_provider_agg",
                "daily_model_agg"
            })
    void every_figure_has_its_column_and_no_other_amount_is_there(String table) throws Exception {
        Map<String, String> expected = new TreeMap<>();
        Figure.ALL.forEach(figure -> expected.put(figure.column(), "numeric(30," + figure.scale() + ")"));

        assertThat(columns(table, "numeric")).isEqualTo(expected);
        if (table.startsWith("daily_")) {
            Map<String, String> counters = new TreeMap<>();
            for (Counter counter : Counter.values()) {
                counters.put(counter.column(), "bigint NOT NULL");
            }
            if (table.endsWith("_agg")) {
                // The order of a row's changes, for those who read usage.totals.
                counters.put("sequence", "bigint NOT NULL");
            }
            assertThat(columns(table, "bigint")).isEqualTo(counters);
        }
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
