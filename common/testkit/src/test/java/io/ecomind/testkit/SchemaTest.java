package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract of the schema on a real PostgreSQL: tables, partitions, roles, row-level security. */
@Tag("integration")
class SchemaTest {
    private final TestDatabase database = TestDatabase.get();

    @Test
    void every_table_of_the_architecture_is_there() throws Exception {
        assertThat(column("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                        + " AND relkind IN ('r', 'p', 'v')"))
                .contains(
                        "orgs",
                        "users",
                        "teams",
                        "team_members",
                        "api_keys",
                        "events_raw",
                        "events_enriched",
                        "daily_org_agg",
                        "daily_user_agg",
                        "daily_provider_agg",
                        "daily_model_agg",
                        "factors_defaults",
                        "factors_overrides",
                        "grid_intensity",
                        "alerts",
                        "notifications",
                        "audit_logs",
                        "billing_customers",
                        "invoices",
                        "daily_usage");
    }

    @Test
    void every_table_has_a_comment() throws Exception {
        assertThat(column("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                        + " AND relkind IN ('r', 'p') AND NOT relispartition"
                        + " AND relname NOT LIKE 'flyway%' AND obj_description(oid) IS NULL"))
                .isEmpty();
    }

    @Test
    void every_table_with_an_organisation_forces_row_level_security_except_the_event_table() throws Exception {
        assertThat(column("SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                        + " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
                        + " AND NOT c.relispartition AND a.attname = 'org_id'"
                        + " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"))
                .containsExactly("events_enriched");
    }

    @Test
    void every_foreign_key_has_an_index() throws Exception {
        assertThat(column("SELECT conrelid::regclass || ' ' || conname FROM pg_constraint f WHERE contype = 'f'"
                        + " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = f.conrelid"
                        + " AND (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] @> f.conkey)"))
                .isEmpty();
    }

    @Test
    void no_role_of_a_process_is_privileged() throws Exception {
        assertThat(
                        column(
                                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'ecomind%'"
                                        + " AND (rolsuper OR rolbypassrls OR rolcreatedb OR (rolcreaterole AND rolname <> 'ecomind_migrator'))"))
                .isEmpty();
    }

    @Test
    void api_role_sees_only_the_organisation_of_its_transaction_and_never_the_event_table() throws Exception {
        database.addOrganisation("schema-a", "free", "UTC");
        database.addOrganisation("schema-b", "free", "UTC");
        try (Connection connection = database.as("ecomind_api").getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(QueriedColumn.of(statement, "SELECT id FROM orgs")).isEmpty();
            connection.setAutoCommit(false);
            statement.execute("SELECT set_config('app.org_id', 'schema-a', true)");
            assertThat(QueriedColumn.of(statement, "SELECT id FROM orgs")).containsExactly("schema-a");
            connection.commit();
            assertThat(QueriedColumn.of(statement, "SELECT id FROM orgs")).isEmpty();
            connection.rollback();
            assertThatThrownBy(() -> statement.execute("SELECT id FROM events_enriched"))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void gateway_role_can_look_a_key_up_and_nothing_else() throws Exception {
        try (Connection connection = database.as("ecomind_gateway").getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(QueriedColumn.of(statement, "SELECT org_id FROM lookup_api_keys('{0123456789abcdef}')"))
                    .isEmpty();
            assertThat(QueriedColumn.of(statement, "SELECT org_id FROM lookup_api_key('0123456789abcdef')"))
                    .isEmpty();
            for (String table : List.of("api_keys", "orgs", "daily_usage", "events_enriched", "reference_outbox")) {
                assertThatThrownBy(() -> statement.execute("SELECT FROM " + table))
                        .hasMessageContaining("permission denied");
            }
        }
    }

    @Test
    void changes_of_reference_data_reach_the_outbox_in_order() throws Exception {
        database.addOrganisation("schema-zones", "free", "Europe/Amsterdam");
        assertThat(column("SELECT entry ->> 'organisation' FROM reference_outbox"
                        + " WHERE entity_key = 'org/schema-zones' ORDER BY version DESC LIMIT 1"))
                .containsExactly(
                        "{\"id\": \"schema-zones\", \"timeZones\": [{\"zone\": \"Europe/Amsterdam\", \"fromEpochDay\": 0}]}");
        assertThat(column(
                        "SELECT head.version > max(part.version) AND count(*) = (head.entry -> 'factorSet' ->> 'parts')::int"
                                + " FROM reference_outbox head, reference_outbox part"
                                + " WHERE head.entity_key = 'set/ecomind-2026.1'"
                                + " AND part.entity_key LIKE 'set/ecomind-2026.1/%' GROUP BY head.version, head.entry"))
                .containsExactly("t");
    }

    @Test
    void a_zone_that_postgresql_or_java_does_not_know_is_refused() throws Exception {
        database.addOrganisation("schema-invalid-zone", "free", "America/Argentina/Ushuaia");
        // The last two are no zones to Java, or only to Java.
        for (String zone : List.of("Mars/Olympus_Mons", "", "europe/amsterdam", "posixrules", "+02:00")) {
            assertThatThrownBy(() -> column("INSERT INTO org_time_zones (org_id, valid_from, zone)"
                            + " VALUES ('schema-invalid-zone', DATE '2026-01-01', '" + zone + "') RETURNING zone"))
                    .as(zone)
                    .hasMessageContaining("org_time_zones_zone_fkey");
        }
        assertThat(column("SELECT count(*) > 400 FROM time_zones")).containsExactly("t");
    }

    @Test
    void a_second_factor_set_needs_a_minutes_notice() {
        assertThatThrownBy(() -> column("INSERT INTO factor_sets (id, reason, sha256, active_from)"
                        + " VALUES ('too-soon', 'r', 'h', now() + INTERVAL '59 seconds') RETURNING id"))
                .hasMessageContaining("at least 60 s ahead");
    }

    private List<String> column(String query) throws SQLException {
        return QueriedColumn.of(database.owner(), query);
    }
}
