package io.ecomind.worker.rejections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.contracts.Limits;
import io.ecomind.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class RejectionsRetentionTest {
    private static final String ORG = "old-rejections";

    private final TestDatabase database = TestDatabase.get();

    @BeforeEach
    @AfterEach
    void clear() throws SQLException {
        sql("DELETE FROM events_rejected WHERE org_id = '" + ORG + "'");
    }

    @Test
    void what_is_older_than_its_retention_leaves_and_what_kafka_may_hold_stays() throws SQLException {
        reject(1, 91);
        reject(2, 89);
        reject(3, 37);
        reject(4, 1);
        try (Connection worker = database.as("ecomind_worker").getConnection()) {
            RejectionsRetention.deleteSome(worker, Limits.REJECTIONS_RETENTION);
            assertThat(left()).isEqualTo("2,3,4");

            // However short a retention is asked for.
            RejectionsRetention.deleteSome(worker, Duration.ofSeconds(1));
            assertThat(left()).isEqualTo("4");
        }
    }

    @Test
    void nobody_else_may_delete() {
        for (String role : new String[] {"ecomind_api", "ecomind_gateway", "ecomind_pipeline"}) {
            assertThatThrownBy(() -> {
                        try (Connection connection = database.as(role).getConnection()) {
                            RejectionsRetention.deleteSome(connection, Limits.REJECTIONS_RETENTION);
                        }
                    })
                    .as(role)
                    .hasMessageContaining("permission denied");
        }
    }

    private void reject(long offset, int daysAgo) throws SQLException {
        sql(
                "INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code, field,"
                        + " message, source, event_id, user_id, payload, payload_truncated) VALUES (99, " + offset
                        + ", '" + ORG
                        + "', now() - INTERVAL '" + daysAgo
                        + " days', 'gateway', 'field_missing', '', '', '', '', '', '', false)");
    }

    private String left() throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT string_agg(rejected_offset::text, ',' ORDER BY rejected_offset)"
                                + " FROM events_rejected WHERE org_id = '" + ORG + "'")) {
            row.next();
            return row.getString(1);
        }
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }
}
