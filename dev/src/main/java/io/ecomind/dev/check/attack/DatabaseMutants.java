package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.store.DatabaseRoles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Defences in the database and the files of a stack, each taken away while the stack runs. Stateless. */
final class DatabaseMutants {
    private DatabaseMutants() {}

    static List<Mutant> all(MutationStage stage) throws SQLException {
        List<Mutant> mutants = new ArrayList<>();
        for (String role : List.of("gateway", "api", "worker", "dispatcher")) {
            mutants.add(sql(
                    role + " may make temporary tables",
                    "9a",
                    "GRANT TEMPORARY ON DATABASE ecomind TO ecomind_" + role,
                    "REVOKE TEMPORARY ON DATABASE ecomind FROM ecomind_" + role));
            mutants.add(sql(
                    role + " may make tables",
                    "9e",
                    "GRANT CREATE ON SCHEMA public TO ecomind_" + role,
                    "REVOKE CREATE ON SCHEMA public FROM ecomind_" + role));
        }
        for (String column : List.of("plan", "ingest_shards")) {
            mutants.add(sql(
                    "the API may change " + column,
                    "9b",
                    "GRANT UPDATE (" + column + ") ON orgs TO ecomind_api",
                    "REVOKE UPDATE (" + column + ") ON orgs FROM ecomind_api"));
        }
        mutants.add(sql(
                "the API may change the limits of plans",
                "9b",
                "GRANT UPDATE ON plans TO ecomind_api",
                "REVOKE UPDATE ON plans FROM ecomind_api"));
        for (String table : List.of("orgs", "api_keys", "events_enriched")) {
            mutants.add(sql(
                    "the gateway may read " + table,
                    "9d",
                    "GRANT SELECT ON " + table + " TO ecomind_gateway",
                    "REVOKE SELECT ON " + table + " FROM ecomind_gateway"));
        }
        mutants.add(sql(
                "the API may become the pipeline",
                "9e",
                "GRANT ecomind_pipeline TO ecomind_api",
                "REVOKE ecomind_pipeline FROM ecomind_api"));
        for (String table : guarded(stage)) {
            mutants.add(sql(
                    "no row-level security on " + table,
                    "9c",
                    "ALTER TABLE " + table + " DISABLE ROW LEVEL SECURITY",
                    "ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY"));
        }
        for (String table : List.of("users", "daily_user_agg", "daily_usage", "daily_org_agg")) {
            mutants.add(policy(stage, table));
        }
        mutants.add(sql(
                "any time zone may be stored",
                "7a",
                "ALTER TABLE org_time_zones DROP CONSTRAINT org_time_zones_zone_fkey",
                "ALTER TABLE org_time_zones ADD CONSTRAINT org_time_zones_zone_fkey"
                        + " FOREIGN KEY (zone) REFERENCES time_zones (zone) NOT VALID"));
        mutants.add(sql(
                "a zone may begin on any day",
                "7d",
                "ALTER TABLE org_time_zones DISABLE TRIGGER zones_begin_later",
                "ALTER TABLE org_time_zones ENABLE TRIGGER zones_begin_later"));
        mutants.add(sql(
                "the plan free has no limit of events",
                "4a",
                "UPDATE plans SET events_per_minute = NULL, events_per_day = NULL WHERE plan = 'free'",
                "UPDATE plans SET events_per_minute = 6000, events_per_day = 10000 WHERE plan = 'free'"));
        mutants.add(sql(
                "the plan free has no limit of rejections",
                "5a",
                "UPDATE plans SET rejections_per_minute = 1000000, rejections_per_day = 1000000 WHERE plan = 'free'",
                "UPDATE plans SET rejections_per_minute = 100, rejections_per_day = 1000 WHERE plan = 'free'"));
        mutants.add(
                sql(
                        "the plan free has no limit of names",
                        "7c",
                        "UPDATE plans SET users_per_day = 1000000, models_per_day = 1000000, projects_per_day = 1000000"
                                + " WHERE plan = 'free'",
                        "UPDATE plans SET users_per_day = 1000, models_per_day = 500, projects_per_day = 500 WHERE plan = 'free'"));
        mutants.add(function(
                "revoked keys are read as valid",
                "10a",
                "k\\.revoked_at IS NOT NULL",
                "false",
                List.of("lookup_api_key", "lookup_api_keys")));
        mutants.add(function(
                "keys are read without the person they are bound to",
                "8a",
                "k\\.user_id",
                "NULL::text",
                List.of("lookup_api_key", "lookup_api_keys")));
        mutants.add(new Mutant("the role of the API has its name as password", "11a", on -> {
            DatabaseAddress api = on.target().database("api").orElseThrow();
            DatabaseRoles.allowLogin(on.owner().dataSource(), api.user(), new io.ecomind.connect.Secret(api.user()));
            return () -> DatabaseRoles.allowLogin(on.owner().dataSource(), api.user(), api.password());
        }));
        mutants.add(new Mutant("others may read the secrets", "11e", on -> {
            Path data = on.target().data();
            if (data == null) {
                throw new IllegalStateException("the stack has no data directory");
            }
            // The folders guard it, too: whoever cannot enter them reaches no file in them.
            Path run = data.resolve("run");
            Path file = run.resolve("secrets.json");
            Set<PosixFilePermission> folders = Files.getPosixFilePermissions(run);
            Set<PosixFilePermission> before = Files.getPosixFilePermissions(file);
            for (Path folder : List.of(data, run)) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            return () -> {
                Files.setPosixFilePermissions(file, before);
                for (Path folder : List.of(data, run)) {
                    Files.setPosixFilePermissions(folder, folders);
                }
            };
        }));
        mutants.add(new Mutant("a log has a secret", "11f", on -> {
            Path data = on.target().data();
            if (data == null) {
                throw new IllegalStateException("the stack has no data directory");
            }
            Path file = data.resolve("run").resolve("mutant.log");
            Files.writeString(file, on.owner().password().value());
            return () -> Files.delete(file);
        }));
        return mutants;
    }

    private static Mutant sql(String name, String attempt, String change, String back) {
        return new Mutant(name, attempt, stage -> stage.sql(change, back));
    }

    /** Tables with rows of organisations that a role which serves organisations may read. */
    private static List<String> guarded(MutationStage stage) throws SQLException {
        List<String> tables = new ArrayList<>();
        for (String table : stage.list("""
                SELECT DISTINCT c.relname FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
                  AND (a.attname = 'org_id' OR c.relname = 'orgs' AND a.attname = 'id')
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity
                  AND (has_column_privilege('ecomind_api', c.oid, a.attnum, 'SELECT')
                       OR has_column_privilege('ecomind_worker', c.oid, a.attnum, 'SELECT'))
                ORDER BY c.relname""")) {
            // Without a row nothing can show that rows are open.
            if (!stage.list("SELECT 1 FROM " + table + " LIMIT 1").isEmpty()) {
                tables.add(table);
            }
        }
        return tables;
    }

    /** The policy of a table asks for the organisation only. */
    private static Mutant policy(MutationStage stage, String table) throws SQLException {
        String before = stage.list("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'tenant'"
                        + " AND polrelid = '" + table + "'::regclass")
                .get(0);
        return sql(
                "the policy of " + table + " forgets the person",
                "9f",
                "ALTER POLICY tenant ON " + table + " USING (org_id = current_org())",
                "ALTER POLICY tenant ON " + table + " USING (" + before + ")");
    }

    private static Mutant function(String name, String attempt, String pattern, String by, List<String> functions) {
        return new Mutant(name, attempt, stage -> {
            List<String> before = new ArrayList<>();
            boolean changed = false;
            for (String function : functions) {
                for (String text : stage.list("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = '" + function
                        + "' AND pronamespace = 'public'::regnamespace")) {
                    String other = text.replaceAll(pattern, by);
                    changed |= !other.equals(text);
                    before.add(text);
                    stage.execute(other);
                }
            }
            if (!changed) {
                throw new IllegalStateException("no function has " + pattern);
            }
            return () -> {
                for (String text : before) {
                    stage.execute(text);
                }
            };
        });
    }
}
