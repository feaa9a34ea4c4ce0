package io.ecomind.testkit;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.store.Migrations;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How the functions of the database are kept: one repeatable migration for each, fixed rights, and the same result on a
 * new database and on one that was migrated step by step. Runs on a real PostgreSQL.
 */
@Tag("integration")
class DatabaseFunctionsTest {
    /** Called by versioned migrations alone, so they are defined there: repeatable migrations run too late. */
    private static final Set<String> FOR_MIGRATIONS_ONLY =
            Set.of("declare_time_partitioned", "enable_tenant_rls", "enable_people_rls");

    private static final Set<String> WITH_DYNAMIC_SQL = Set.of(
            "day_differences",
            "restate_day",
            "declare_time_partitioned",
            "enable_tenant_rls",
            "enable_people_rls",
            "maintain_time_partitions");

    private static final int FIRST_WITH_REPEATABLE = 17;

    /** Everything of the schema that a migration can set, a line each. Partitions follow their parents. */
    private static final String SCHEMA = """
            WITH tables AS (
                SELECT * FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relname NOT LIKE 'flyway%'
            )
            SELECT 'function ' || oid::regprocedure || ' rights ' || coalesce(proacl::text, 'default')
                   || ' comment ' || coalesce(obj_description(oid, 'pg_proc'), '') || ' ' || pg_get_functiondef(oid)
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'table ' || relname || ' ' || relkind::text || relrowsecurity || relforcerowsecurity
                   || ' rights ' || coalesce(relacl::text, 'default') || ' comment '
                   || coalesce(obj_description(oid, 'pg_class'), '')
                   || CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) ELSE '' END
            FROM tables
            UNION ALL
            SELECT 'column ' || relname || '.' || attname || ' ' || attnum || ' '
                   || format_type(atttypid, atttypmod) || ' ' || attnotnull
                   || ' default ' || coalesce(pg_get_expr(adbin, adrelid), '')
                   || ' rights ' || coalesce(attacl::text, 'default')
                   || ' comment ' || coalesce(col_description(attrelid, attnum), '')
            FROM tables
            JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            UNION ALL
            SELECT 'trigger ' || tgenabled::text || ' ' || pg_get_triggerdef(pg_trigger.oid)
            FROM pg_trigger JOIN tables ON tables.oid = tgrelid WHERE NOT tgisinternal
            UNION ALL
            SELECT 'policy ' || tablename || ' ' || policyname || ' ' || permissive || roles::text || cmd
                   || coalesce(qual, '') || ' ' || coalesce(with_check, '')
            FROM pg_policies WHERE schemaname = 'public'
            UNION ALL
            SELECT 'constraint ' || relname || ' ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
            FROM pg_constraint JOIN tables ON tables.oid = conrelid
            UNION ALL
            SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index JOIN tables ON tables.oid = indrelid
            """;

    private static final String POLICIES = """
            SELECT regexp_replace(
                policyname || ' ' || permissive || ' ' || roles::text || ' ' || cmd || ' ' || qual || ' ' || with_check,
                '\\s+', ' ', 'g')
            FROM pg_policies WHERE schemaname = 'public' AND tablename = '%s' ORDER BY policyname
            """;

    private final TestDatabase database = TestDatabase.get();

    @Test
    void every_function_has_one_repeatable_migration_of_its_name_and_each_of_those_a_function() throws Exception {
        List<String> functions =
                column("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1");
        List<String> migrations = column("SELECT substring(script FROM '^R__(.*)\\.sql$')"
                + " FROM flyway_schema_history WHERE version IS NULL AND success ORDER BY 1");

        List<String> expected = new ArrayList<>(functions);
        expected.removeAll(FOR_MIGRATIONS_ONLY);
        assertThat(functions).doesNotHaveDuplicates().containsAll(FOR_MIGRATIONS_ONLY);
        assertThat(migrations).isEqualTo(expected);
        for (String function : migrations) {
            assertThat(created(text("R__" + function + ".sql")))
                    .as("R__%s.sql", function)
                    .containsExactly(function);
        }
    }

    @Test
    void versioned_migrations_do_not_replace_a_function_that_has_a_repeatable_migration() throws Exception {
        var replace = Pattern.compile("CREATE\\s+OR\\s+REPLACE\\s+FUNCTION\\s+(\\w+)", Pattern.CASE_INSENSITIVE);
        List<String> scripts = column("SELECT script FROM flyway_schema_history"
                + " WHERE version IS NOT NULL AND version::integer >= " + FIRST_WITH_REPEATABLE);

        assertThat(scripts).isNotEmpty();
        for (String script : scripts) {
            assertThat(replace.matcher(text(script)).results().map(found -> found.group(1)))
                    .as(script)
                    .isSubsetOf(FOR_MIGRATIONS_ONLY);
        }
    }

    @Test
    void only_functions_that_name_tables_at_run_time_build_statements() throws Exception {
        assertThat(column("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                        + " AND prosrc ~* '\\mexecute\\M'"))
                .containsExactlyInAnyOrderElementsOf(WITH_DYNAMIC_SQL);
    }

    @Test
    void functions_with_the_owners_rights_are_those_of_the_list_with_the_grantees_of_the_list() throws Exception {
        assertThat(column("""
                        SELECT p.oid::regprocedure || ': ' || coalesce(
                            (SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ', ' ORDER BY r.rolname)
                             FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                             LEFT JOIN pg_roles r ON r.oid = a.grantee
                             WHERE a.grantee <> p.proowner), 'nobody')
                        FROM pg_proc p
                        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef""")).containsExactlyInAnyOrderElementsOf(listed("/security_definer_functions.txt"));
    }

    @Test
    void functions_with_the_owners_rights_have_a_fixed_search_path() throws Exception {
        assertThat(column("SELECT DISTINCT coalesce(array_to_string(proconfig, '; '), 'none') FROM pg_proc"
                        + " WHERE pronamespace = 'public'::regnamespace AND prosecdef"))
                .containsExactly("search_path=pg_catalog, public, pg_temp");
    }

    @Test
    void nobody_may_call_a_function_for_being_anybody() throws Exception {
        assertThat(column("SELECT p.proname FROM pg_proc p,"
                        + " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
                        + " WHERE p.pronamespace = 'public'::regnamespace AND a.grantee = 0"))
                .isEmpty();
    }

    @Test
    void every_tenant_table_has_exactly_the_policies_of_a_tenant_table() throws Exception {
        List<String> tables = column("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                + " AND relrowsecurity ORDER BY 1");
        Map<String, String> people = new TreeMap<>();
        for (String line : listed("/people_policies.txt")) {
            people.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }

        assertThat(tables)
                .contains("orgs", "daily_usage", "restatements", "reconciliation_missing")
                .containsAll(people.keySet());
        for (String table : tables) {
            String tenant = "(" + (table.equals("orgs") ? "id" : "org_id") + " = current_org())";
            String own = people.get(table);
            assertThat(column(POLICIES.formatted(table)))
                    .as(table)
                    .isEqualTo(tenantPolicies(
                            own == null
                                    ? tenant
                                    : "(" + tenant + " AND (( SELECT sees_all_people() AS sees_all_people) OR " + own
                                            + "))"));
        }
    }

    @Test
    void every_tenant_table_with_a_person_shows_a_person_the_own_rows_alone() throws Exception {
        assertThat(column("""
                        SELECT DISTINCT p.tablename FROM pg_policies p
                        JOIN pg_attribute a ON a.attrelid = ('public.' || quote_ident(p.tablename))::regclass
                        WHERE p.schemaname = 'public' AND p.policyname = 'tenant'
                          AND a.attname ~ '^(user_id|alias|old_totals|detail)$' AND NOT a.attisdropped
                          AND p.qual !~ 'sees_all_people'""")).containsExactly("day_states");
        // Its detail names people; the roles of the policy may not read that column.
        assertThat(column("SELECT r FROM unnest(ARRAY['ecomind_api', 'ecomind_worker', 'ecomind_dispatcher']) r"
                        + " WHERE has_column_privilege(r, 'day_states', 'detail', 'SELECT')"))
                .isEmpty();
    }

    @Test
    void enable_tenant_rls_gives_a_table_these_policies_and_may_be_called_again() throws Exception {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE TABLE rls_a (org_id text)");
            statement.execute("CREATE TABLE rls_b (tenant_id text)");
            for (int call = 0; call < 2; call++) {
                statement.execute("SELECT enable_tenant_rls('rls_a')");
                statement.execute("SELECT enable_tenant_rls('rls_b', 'tenant_id')");
                assertThat(QueriedColumn.of(statement, POLICIES.formatted("rls_a")))
                        .isEqualTo(tenantPolicies("(org_id = current_org())"));
                assertThat(QueriedColumn.of(statement, POLICIES.formatted("rls_b")))
                        .isEqualTo(tenantPolicies("(tenant_id = current_org())"));
                assertThat(
                                QueriedColumn.of(
                                        statement,
                                        "SELECT relname FROM pg_class"
                                                + " WHERE relname ^@ 'rls_' AND relrowsecurity AND relforcerowsecurity ORDER BY 1"))
                        .containsExactly("rls_a", "rls_b");
            }
            connection.rollback();
        }
    }

    @Test
    void a_database_of_the_version_before_becomes_equal_to_a_new_one_and_keeps_its_rows(@TempDir Path directory)
            throws Exception {
        try (var server = EmbeddedPostgresServer.start(directory, FreePorts.find(1)[0])) {
            server.createDatabase("test");
            DataSource owner = server.dataSource(EmbeddedPostgresServer.owner(), "test");
            migrateTo(owner, "16");
            try (Connection connection = owner.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO day_states (org_id, date, day_end, looked_at)"
                        + " VALUES ('o', DATE '2026-03-14', now(), TIMESTAMPTZ '2026-03-22 00:00:07Z')");
                statement.execute("INSERT INTO orgs (id, name, plan) VALUES ('o', 'o', 'free')");
                statement.execute("INSERT INTO org_time_zones (org_id, valid_from, zone)"
                        + " VALUES ('o', DATE '1970-01-01', 'Mars/Olympus_Mons')");
                statement.execute("SELECT ensure_time_partitions(DATE '2019-01-15', DATE '2019-02-01')");
                assertThat(QueriedColumn.of(
                                statement, "SELECT proname FROM pg_proc WHERE proname IN ('close_days', 'seal_days')"))
                        .containsExactly("close_days");
            }

            Migrations.run(owner);

            try (Connection connection = owner.getConnection();
                    Statement statement = connection.createStatement()) {
                assertThat(QueriedColumn.of(statement, SCHEMA)).containsExactlyInAnyOrderElementsOf(column(SCHEMA));
                assertThat(QueriedColumn.of(
                                statement, "SELECT checked_at = TIMESTAMPTZ '2026-03-22 00:00:07Z' FROM day_states"))
                        .containsExactly("t");
                assertThat(QueriedColumn.of(statement, "SELECT zone FROM org_time_zones"))
                        .containsExactly("Mars/Olympus_Mons");
                // Between the months that an import had made and those of the present nothing is left out.
                statement.execute(
                        "INSERT INTO day_states (org_id, date, day_end) VALUES ('o', DATE '2020-05-05', now())");
                for (String date : List.of("1995-01-01", "2019-01-31", "2019-03-01", "2020-05-05")) {
                    statement.execute("INSERT INTO daily_org_agg (org_id, date, call_count, uncovered_count, tokens_in,"
                            + " tokens_out) VALUES ('o', DATE '" + date + "', 1, 0, 0, 0)");
                }
                assertThat(QueriedColumn.of(statement, "SELECT tableoid::regclass FROM daily_org_agg ORDER BY date"))
                        .containsExactly(
                                "daily_org_agg_past",
                                "daily_org_agg_201901",
                                "daily_org_agg_rest",
                                "daily_org_agg_rest");
            }
        }
    }

    /** Versioned migrations alone, as before there were repeatable ones. */
    private static void migrateTo(DataSource owner, String version) {
        Flyway.configure()
                .dataSource(owner)
                .locations("classpath:db/migration")
                .repeatableSqlMigrationPrefix("none")
                .target(version)
                .placeholders(Map.of(
                        "time_path", "native",
                        "partition_by_ts", "PARTITION BY RANGE (ts)",
                        "partition_by_date", "PARTITION BY RANGE (date)"))
                .load()
                .migrate();
    }

    private static List<String> tenantPolicies(String own) {
        return List.of(
                "all_tenants PERMISSIVE {ecomind_pipeline} ALL true true",
                "owner PERMISSIVE {ecomind_migrator} ALL true true",
                "tenant PERMISSIVE {ecomind_api,ecomind_dispatcher,ecomind_worker} ALL " + own + " " + own);
    }

    private static Set<String> created(String sql) {
        return Pattern.compile("^CREATE OR REPLACE FUNCTION (\\w+)", Pattern.MULTILINE)
                .matcher(sql)
                .results()
                .map(found -> found.group(1))
                .collect(toCollection(TreeSet::new));
    }

    private static List<String> listed(String resource) throws IOException {
        return read(resource)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    private static String text(String script) throws IOException {
        return read("/db/migration/" + script);
    }

    private static String read(String resource) throws IOException {
        try (InputStream in = DatabaseFunctionsTest.class.getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> column(String query) throws SQLException {
        return QueriedColumn.of(database.owner(), query);
    }
}
