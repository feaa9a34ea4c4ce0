package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.store.DatabaseRoles;
import io.ecomind.store.EverybodysRights;
import io.ecomind.store.Organisations;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each database role may do, down to columns, and that it may do no more. On a real PostgreSQL. */
@Tag("integration")
class RightsTest {
    /** A line for each role and relation: the rights on all columns, and those on some. */
    private static final String RIGHTS = """
            WITH relations AS (
                SELECT * FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relname NOT LIKE 'flyway%'
                  AND relkind IN ('r', 'p', 'v', 'S')
            ), granted AS (
                SELECT a.grantee, c.relname, a.privilege_type AS right, NULL AS column
                FROM relations c, aclexplode(c.relacl) a WHERE a.grantee <> c.relowner
                UNION ALL
                SELECT a.grantee, c.relname, a.privilege_type, t.attname
                FROM relations c
                JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped, aclexplode(t.attacl) a
                WHERE a.grantee <> c.relowner
            ), by_right AS (
                SELECT grantee, relname, "right",
                       coalesce('(' || string_agg("column", ', ' ORDER BY "column") || ')', '') AS columns
                FROM granted GROUP BY grantee, relname, "right", "column" IS NULL
            )
            SELECT coalesce(r.rolname, 'PUBLIC') || ' ' || relname || ': '
                   || string_agg("right" || columns, ', ' ORDER BY "right", columns)
            FROM by_right LEFT JOIN pg_roles r ON r.oid = grantee
            GROUP BY r.rolname, relname
            """;

    private final TestDatabase database = TestDatabase.get();

    @Test
    void every_right_on_a_relation_is_on_the_list() throws Exception {
        assertThat(asOwner(RIGHTS)).containsExactlyInAnyOrderElementsOf(listed());
    }

    @Test
    void temporary_tables_are_for_the_pipeline_and_new_ones_for_nobody() throws Exception {
        assertThat(asOwner("SELECT rolname FROM pg_roles"
                        + " WHERE rolname LIKE 'ecomind%' AND rolname <> 'ecomind_migrator'"
                        + " AND has_database_privilege(oid, current_database(), 'TEMPORARY')"))
                .containsExactly("ecomind_pipeline");
        assertThat(asOwner(
                        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'ecomind%' AND rolname <> 'ecomind_migrator'"
                                + " AND (has_schema_privilege(oid, 'public', 'CREATE')"
                                + " OR has_database_privilege(oid, current_database(), 'CREATE'))"))
                .isEmpty();
        for (String role : DatabaseRoles.PROCESSES) {
            if (!role.equals("ecomind_pipeline")) {
                assertRefused(role, "CREATE TEMP TABLE t (a int)");
            }
            assertRefused(role, "CREATE TABLE t (a int)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ecomind_api | UPDATE orgs SET plan = 'enterprise'",
                "ecomind_api | UPDATE orgs SET ingest_shards = 256",
                "ecomind_api | INSERT INTO orgs (id, name, plan) VALUES ('x', 'x', 'enterprise')",
                "ecomind_api | DELETE FROM orgs",
                "ecomind_api | SELECT key_hash FROM api_keys",
                "ecomind_api | UPDATE api_keys SET scopes = '{manage}'",
                "ecomind_api | UPDATE api_keys SET user_id = NULL",
                "ecomind_api | DELETE FROM api_keys",
                "ecomind_api | SELECT detail FROM day_states",
                "ecomind_api | UPDATE org_time_zones SET zone = 'UTC'",
                "ecomind_api | UPDATE plans SET events_per_day = NULL",
                "ecomind_worker | UPDATE orgs SET plan = 'enterprise'",
                "ecomind_pipeline | UPDATE orgs SET plan = 'enterprise'",
                "ecomind_pipeline | UPDATE day_states SET state = 'sealed'",
                "ecomind_pipeline | DELETE FROM events_enriched",
                "ecomind_dispatcher | UPDATE notifications SET message = ''",
                "ecomind_gateway | UPDATE orgs SET plan = 'enterprise'"
            })
    void a_process_may_not(String role, String statement) {
        assertRefused(role, statement);
    }

    @Test
    void what_an_organisation_is_allowed_is_for_operators() throws Exception {
        for (String role : DatabaseRoles.PROCESSES) {
            assertRefused(role, "SELECT set_plan('demo', 'enterprise')");
            assertRefused(role, "SELECT set_ingest_shards('demo', 256)");
            assertRefused(role, "SELECT create_organisation('x', 'x', 'enterprise', 'UTC', 1)");
        }
        assertThat(asOwner("SELECT rolcanlogin OR rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles"
                        + " WHERE rolname = 'ecomind_operator'"))
                .containsExactly("f");
    }

    @Test
    void large_objects_are_for_nobody() {
        for (String role : DatabaseRoles.PROCESSES) {
            for (String call : List.of(
                    "lo_create(0)",
                    "lo_creat(-1)",
                    "lo_from_bytea(0, 'x')",
                    "lo_put(1, 0, 'x')",
                    "lo_open(1, 131072)",
                    "lo_unlink(1)",
                    "lo_import('/etc/hostname')",
                    "lowrite(0, 'x')")) {
                assertRefused(role, "SELECT " + call);
            }
        }
    }

    @Test
    void advisory_locks_are_for_those_that_take_them() throws Exception {
        assertThat(asOwner("SELECT rolname || ' ' || p.oid::regprocedure FROM pg_roles, pg_proc p"
                        + " WHERE rolname LIKE 'ecomind%' AND rolname <> 'ecomind_migrator'"
                        + " AND p.pronamespace = 'pg_catalog'::regnamespace"
                        + " AND proname ~ 'advisory' AND proname !~ 'unlock'"
                        + " AND has_function_privilege(pg_roles.oid, p.oid, 'EXECUTE')"))
                .containsExactlyInAnyOrder(
                        "ecomind_api pg_advisory_xact_lock(integer,integer)",
                        "ecomind_worker pg_try_advisory_lock(bigint)",
                        "ecomind_pipeline pg_try_advisory_lock(bigint)",
                        "ecomind_pipeline pg_advisory_lock(bigint)");
        assertRefused("ecomind_gateway", "SELECT pg_advisory_lock(1)");
        assertRefused("ecomind_api", "SELECT pg_advisory_lock(1)");
        assertRefused("ecomind_worker", "SELECT pg_advisory_xact_lock(1)");
    }

    @Test
    void taking_rights_from_everybody_again_changes_nothing() throws Exception {
        String rights = "SELECT oid::regprocedure || coalesce(proacl::text, '') FROM pg_proc"
                + " WHERE proname ~ '^(lo_|loread|lowrite|pg_.*advisory)' AND pronamespace = 'pg_catalog'::regnamespace"
                + " ORDER BY 1";
        List<String> before = asOwner(rights);
        database.revokeRightsOfEverybody();

        assertThat(asOwner(rights)).isEqualTo(before);
        assertThat(EverybodysRights.areRevoked(database.owner())).isTrue();
        // The owner of the schema is no superuser, so the migrations could not have done it.
        assertThat(EverybodysRights.mayRevoke(database.owner())).isFalse();
        assertThatThrownBy(() -> EverybodysRights.revoke(database.owner())).isInstanceOf(SQLException.class);
    }

    @ParameterizedTest
    @CsvSource({"Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"})
    void a_zone_begins_at_a_midnight_that_is_still_to_come(String zone) throws Exception {
        String org = "rights-zone-" + zone.substring(zone.indexOf('/') + 1);
        database.addOrganisation(org, "free", zone);
        String insert = "INSERT INTO org_time_zones (org_id, valid_from, zone) VALUES ('" + org + "', %s, '%s')";
        try (Connection connection = database.as("ecomind_api").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "SELECT set_config('app.org_id', '" + org + "', false), set_config('app.people', 'all', false)");
            String today = "(now() AT TIME ZONE '" + zone + "')::date";
            for (String begun : List.of("DATE '2020-01-01'", today + " - 1", today)) {
                assertThatThrownBy(() -> statement.execute(insert.formatted(begun, zone)))
                        .as(begun)
                        .hasMessageContaining("must begin at a midnight that is still to come");
            }
            // Tomorrow by the new zone, which has begun by the zone before or has not.
            String kiritimati = "(now() AT TIME ZONE 'Pacific/Kiritimati')::date";
            String pagoPago = "(now() AT TIME ZONE 'Pacific/Pago_Pago')::date";
            if (zone.equals("Pacific/Kiritimati")) {
                assertThatThrownBy(() -> statement.execute(insert.formatted(pagoPago + " + 1", "Pacific/Pago_Pago")))
                        .hasMessageContaining("must begin at a midnight that is still to come");
            }
            statement.execute(insert.formatted(kiritimati + " + 1", "Pacific/Pago_Pago"));
            assertThatThrownBy(() -> statement.execute(insert.formatted(kiritimati + " + 2", "Mars/Olympus_Mons")))
                    .hasMessageContaining("org_time_zones_zone_fkey");
        }
    }

    @Test
    void operators_change_plans_and_shards_within_their_bounds() throws Exception {
        try (Connection connection = database.owner().getConnection()) {
            assertThat(Organisations.create(connection, "rights-org", "Rights", "free", "Asia/Tokyo", 2))
                    .isTrue();
            assertThat(Organisations.create(connection, "rights-org", "Other", "team", "UTC", 3))
                    .isFalse();
            assertThat(Organisations.setPlan(connection, "rights-org", "team")).isTrue();
            assertThat(Organisations.setPlan(connection, "rights-org", "team")).isFalse();
            assertThat(Organisations.setIngestShards(connection, "rights-org", 4))
                    .isTrue();
            assertThatThrownBy(() -> Organisations.setPlan(connection, "rights-org", "invented"))
                    .hasMessageContaining("orgs_plan_fkey");
            assertThatThrownBy(() -> Organisations.setIngestShards(connection, "rights-org", 257))
                    .hasMessageContaining("orgs_ingest_shards_check");
            assertThatThrownBy(() -> Organisations.setPlan(connection, "rights-nobody", "team"))
                    .hasMessageContaining("there is no organisation rights-nobody");
        }
        assertThat(asOwner("SELECT name || ' ' || plan || ' ' || ingest_shards || ' ' || zone FROM orgs"
                        + " JOIN org_time_zones ON org_id = id WHERE id = 'rights-org'"))
                .containsExactly("Rights team 4 Asia/Tokyo");
    }

    @Test
    void a_key_ends_once_and_never_later() throws Exception {
        database.addOrganisation("rights-keys", "free", "UTC");
        asOwner(
                "INSERT INTO api_keys (id, org_id, key_hash, scopes, expires_at)"
                        + " VALUES ('rightskey', 'rights-keys', decode(repeat('00', 32), 'hex'), '{read}', now() + interval '1 day') RETURNING id");
        try (Connection connection = database.as("ecomind_api").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('app.org_id', 'rights-keys', false),"
                    + " set_config('app.people', 'all', false)");
            assertThatThrownBy(() -> statement.execute("UPDATE api_keys SET expires_at = expires_at + interval '1 s'"))
                    .hasMessageContaining("may only expire sooner");
            assertThatThrownBy(() -> statement.execute("UPDATE api_keys SET expires_at = NULL"))
                    .hasMessageContaining("may only expire sooner");
            assertThat(statement.executeUpdate("UPDATE api_keys SET expires_at = expires_at - interval '1 s'"))
                    .isEqualTo(1);
            assertThat(statement.executeUpdate("UPDATE api_keys SET revoked_at = now()"))
                    .isEqualTo(1);
            assertThatThrownBy(() -> statement.execute("UPDATE api_keys SET revoked_at = NULL"))
                    .hasMessageContaining("stays revoked");
        }
    }

    @Test
    void a_transaction_that_names_no_people_sees_no_row_of_any() throws Exception {
        database.addOrganisation("rights-people", "free", "UTC");
        asOwner("INSERT INTO users (org_id, id, name) VALUES ('rights-people', 'u', 'U') RETURNING id");
        asOwner("INSERT INTO daily_user_agg (org_id, date, user_id, call_count, uncovered_count, tokens_in, tokens_out)"
                + " VALUES ('rights-people', DATE '2026-03-10', 'u', 1, 0, 0, 0) RETURNING date");
        asOwner("INSERT INTO daily_org_agg (org_id, date, call_count, uncovered_count, tokens_in, tokens_out)"
                + " VALUES ('rights-people', DATE '2026-03-10', 1, 0, 0, 0) RETURNING date");
        String seen = "SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM daily_user_agg) || ' '"
                + " || (SELECT count(*) FROM daily_org_agg)";
        try (Connection connection = database.as("ecomind_api").getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT set_config('app.org_id', 'rights-people', true)");
            assertThat(column(statement, seen)).containsExactly("0 0 0");
            statement.execute("SELECT set_config('app.people', 'user:u', true)");
            assertThat(column(statement, seen)).containsExactly("1 1 0");
            statement.execute("SELECT set_config('app.people', 'user:all', true)");
            assertThat(column(statement, seen)).containsExactly("0 0 0");
            statement.execute("SELECT set_config('app.people', 'all', true)");
            assertThat(column(statement, seen)).containsExactly("1 1 1");
            connection.commit();
            assertThat(column(statement, seen)).containsExactly("0 0 0");
            connection.rollback();
        }
    }

    private void assertRefused(String role, String sql) {
        assertThatThrownBy(() -> {
                    try (Connection connection = database.as(role).getConnection();
                            Statement statement = connection.createStatement()) {
                        statement.execute(sql);
                    }
                })
                .as("%s: %s", role, sql)
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("permission denied");
    }

    private List<String> asOwner(String query) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            return column(statement, query);
        }
    }

    private static List<String> column(Statement statement, String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private static List<String> listed() throws IOException {
        try (InputStream in = RightsTest.class.getResourceAsStream("/rights.txt")) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }
}
