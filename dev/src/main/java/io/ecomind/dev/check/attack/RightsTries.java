package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.dev.check.attack.Attempt.Observation;
import io.ecomind.service.auth.ApiKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a process could do with its own database login when it is taken over, and what forged and revoked keys do. Stateless. */
final class RightsTries {
    static final List<String> ROLES = List.of("gateway", "api", "worker", "dispatcher", "pipeline");
    /** The one role that stages batches in temporary tables. */
    private static final String STAGING_ROLE = "pipeline";

    /** Not enough rights; and what SET ROLE says of a role that is not there. */
    private static final Set<String> REFUSED = Set.of("42501", "22023");

    private static final Pattern CHANGES_ROWS = Pattern.compile("INSERT |UPDATE |DELETE ");
    private static final List<String> TENANT_ROLES = List.of("api", "worker", "dispatcher");
    private static final int FORGED = 200;
    private static final int MAX_LOOKUPS = 20;
    private static final Duration REVOKED_WITHIN = Duration.ofSeconds(5);
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private RightsTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "9a",
                        "temporary-tables",
                        "a temporary table made by each database role",
                        "refused to all but " + STAGING_ROLE,
                        AttackNeed.logins(),
                        RightsTries::temporaryTables),
                new Attempt(
                        "9b",
                        "own-plan",
                        "plan, shards and the limits of plans changed by the role of the API",
                        "each refused",
                        Set.of(AttackNeed.API_LOGIN, AttackNeed.TENANTS),
                        RightsTries::plan),
                new Attempt(
                        "9c",
                        "rows-of-other-organisations",
                        "every readable table read by each role that serves organisations, with one organisation set and with"
                                + " none; keys of others revoked",
                        "no row of another organisation",
                        AttackNeed.tenantLogins(),
                        RightsTries::otherRows),
                new Attempt(
                        "9d",
                        "gateway-reads-tables",
                        "every table read by the role of the gateway",
                        "each refused",
                        Set.of(AttackNeed.GATEWAY_LOGIN),
                        RightsTries::gatewayTables),
                new Attempt(
                        "9e",
                        "more-rights",
                        "each role makes a table and a function, becomes another role, reads passwords and files, runs a program",
                        "each refused",
                        AttackNeed.logins(),
                        RightsTries::moreRights),
                new Attempt(
                        "9f",
                        "rows-of-colleagues",
                        "every readable table with persons read by each role that serves organisations, with one person set",
                        "no row of another person, and no total of several",
                        AttackNeed.tenantLogins(),
                        RightsTries::colleagues),
                new Attempt(
                        "10a",
                        "revoked-key",
                        "a key used until it is refused after its revocation",
                        "refused within 5 s",
                        Set.of(AttackNeed.TENANTS),
                        RightsTries::revokedKey),
                new Attempt(
                        "10b",
                        "forged-keys",
                        FORGED + " forged keys of the right form",
                        "401 each, with fewer than " + MAX_LOOKUPS + " look-ups in the table of keys",
                        Set.of(AttackNeed.TENANTS),
                        RightsTries::forgedKeys));
    }

    private static Observation temporaryTables(AttackContext context) {
        List<String> made = new ArrayList<>();
        for (String role : ROLES) {
            if (!role.equals(STAGING_ROLE) && done(context, role, null, "CREATE TEMPORARY TABLE tried (a integer)")) {
                made.add(role);
            }
        }
        return Observation.of(made.isEmpty(), made.isEmpty() ? "refused to all" : "made by " + made);
    }

    private static Observation plan(AttackContext context) throws Exception {
        String own = context.tenant("rights", "free").org();
        List<String> done = new ArrayList<>();
        for (String statement : List.of(
                "UPDATE orgs SET plan = 'enterprise'",
                "UPDATE orgs SET ingest_shards = 256",
                "UPDATE plans SET events_per_day = NULL",
                "INSERT INTO plans (plan) VALUES ('tried')",
                "DELETE FROM orgs",
                "UPDATE api_keys SET org_id = '" + context.open().org() + "'")) {
            if (done(context, "api", own, statement)) {
                done.add(statement);
            }
        }
        return Observation.of(done.isEmpty(), done.isEmpty() ? "all refused" : "done: " + done);
    }

    private static Observation otherRows(AttackContext context) throws Exception {
        String own = context.tenant("rights", "free").org();
        context.open();
        List<String> seen = new ArrayList<>();
        int tables = 0;
        for (String role : TENANT_ROLES) {
            DatabaseAddress login = context.target().database(role).orElseThrow();
            try (Connection connection = login.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                for (String[] table : readable(connection, "org_id")) {
                    tables++;
                    for (String organisation : new String[] {own, ""}) {
                        long rows = count(
                                connection,
                                organisation,
                                "all",
                                "SELECT count(*) FROM \"" + table[0] + "\" WHERE \"" + table[1] + "\" <> '" + own + "'"
                                        + (organisation.isEmpty() ? " OR true" : ""));
                        if (rows > 0) {
                            seen.add(role + " sees " + rows + " of " + table[0]
                                    + (organisation.isEmpty() ? " without an organisation" : ""));
                        }
                    }
                }
                connection.rollback();
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT set_config('app.org_id', '" + own + "', true),"
                            + " set_config('app.people', 'all', true)");
                    if (statement.executeUpdate("UPDATE api_keys SET revoked_at = now() WHERE org_id <> '" + own + "'")
                            > 0) {
                        seen.add(role + " revokes keys of others");
                    }
                } catch (SQLException e) {
                    // Refused is as good as no row.
                    refused(e);
                } finally {
                    connection.rollback();
                }
            }
        }
        return Observation.of(
                seen.isEmpty() && tables > 0, tables + " readings" + (seen.isEmpty() ? ", none" : ": " + seen));
    }

    private static Observation colleagues(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("people", "enterprise");
        for (String person : List.of("me", "colleague")) {
            context.tenants().addPerson(tenant.org(), person);
            context.ingest(tenant, context.event(person));
            context.tenants().addKey(tenant.org(), person, "ingest", "read");
        }
        if (!AttackContext.await(Duration.ofSeconds(40), () -> context.counted(tenant) == 2)) {
            return Observation.of(false, context.counted(tenant) + " of 2 events counted");
        }
        List<String> seen = new ArrayList<>();
        int tables = 0;
        for (String role : TENANT_ROLES) {
            DatabaseAddress login = context.target().database(role).orElseThrow();
            try (Connection connection = login.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                for (String[] table : readable(connection, "user_id")) {
                    tables++;
                    String sql = "SELECT count(*) FROM \"" + table[0] + "\" WHERE \"" + table[1] + "\" <> 'me'";
                    long rows = count(connection, tenant.org(), "user:me", sql);
                    if (rows > 0) {
                        seen.add(role + " sees " + rows + " of " + table[0]);
                    }
                }
                for (String table : List.of("daily_org_agg", "daily_provider_agg", "daily_model_agg")) {
                    if (count(connection, tenant.org(), "user:me", "SELECT count(*) FROM " + table) > 0) {
                        seen.add(role + " sees " + table);
                    }
                }
                connection.rollback();
            }
        }
        return Observation.of(
                seen.isEmpty() && tables > 0, tables + " readings" + (seen.isEmpty() ? ", none" : ": " + seen));
    }

    /** Tables and views that the role may read, with the column of that name, or the one that stands for it. */
    private static List<String[]> readable(Connection connection, String column) throws SQLException {
        List<String[]> tables = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                        SELECT c.relname, a.attname
                        FROM pg_class c
                        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
                        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
                          AND (a.attname = ?
                               OR a.attname = 'id' AND c.relname = CASE ? WHEN 'org_id' THEN 'orgs' ELSE 'users' END)
                          AND has_column_privilege(c.oid, a.attnum, 'SELECT')
                        ORDER BY c.relname""")) {
            statement.setString(1, column);
            statement.setString(2, column);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.add(new String[] {rows.getString(1), rows.getString(2)});
                }
            }
        }
        return tables;
    }

    /** Any other failure shows nothing about rights: the statement itself is wrong, or the server is. */
    static void refused(SQLException failure) throws SQLException {
        if (!REFUSED.contains(failure.getSQLState())) {
            throw failure;
        }
    }

    /** Zero when the role may not. */
    private static long count(Connection connection, String organisation, String people, String sql)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('app.org_id', '" + organisation + "', true),"
                    + " set_config('app.people', '" + (organisation.isEmpty() ? "" : people) + "', true)");
            try (ResultSet row = statement.executeQuery(sql)) {
                return row.next() ? row.getLong(1) : 0;
            }
        } catch (SQLException e) {
            refused(e);
            return 0;
        } finally {
            connection.rollback();
        }
    }

    private static Observation gatewayTables(AttackContext context) throws SQLException {
        List<String> read = new ArrayList<>();
        List<String> tables = new ArrayList<>();
        try (Connection connection = context.target()
                        .database("gateway")
                        .orElseThrow()
                        .dataSource()
                        .getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT relname FROM pg_class"
                                + " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        for (String table : tables) {
            if (done(context, "gateway", null, "SELECT FROM \"" + table + "\" LIMIT 1")) {
                read.add(table);
            }
        }
        return Observation.of(
                read.isEmpty() && !tables.isEmpty(),
                tables.size() + " tables, " + (read.isEmpty() ? "none readable" : "readable: " + read));
    }

    private static Observation moreRights(AttackContext context) {
        List<String> done = new ArrayList<>();
        for (String role : ROLES) {
            for (String statement : List.of(
                    "CREATE TABLE public.tried (a integer)",
                    "CREATE FUNCTION public.tried() RETURNS integer LANGUAGE sql RETURN 1",
                    "CREATE SCHEMA tried",
                    "SET ROLE postgres",
                    "SET ROLE " + (role.equals("api") ? "ecomind_pipeline" : "ecomind_api"),
                    "SELECT rolpassword FROM pg_authid",
                    "SELECT pg_read_file('/etc/passwd')",
                    "SELECT lo_import('/etc/passwd')",
                    "COPY (SELECT 1) TO PROGRAM 'true'",
                    "ALTER ROLE ecomind_" + role + " BYPASSRLS",
                    "ALTER TABLE public.orgs DISABLE ROW LEVEL SECURITY",
                    "SET session_replication_role = replica")) {
                if (done(context, role, null, statement)) {
                    done.add(role + ": " + statement);
                }
            }
        }
        return Observation.of(done.isEmpty(), done.isEmpty() ? "all refused" : "done: " + done);
    }

    /** Whether a role may do something; whatever it does is rolled back. */
    private static boolean done(AttackContext context, String role, @Nullable String org, String sql) {
        DatabaseAddress login = context.target().database(role).orElseThrow();
        try (Connection connection = login.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            try {
                if (org != null) {
                    statement.execute("SELECT set_config('app.org_id', '" + org + "', true),"
                            + " set_config('app.people', 'all', true)");
                }
                statement.execute(sql);
                // A change of rows that the policies leave no row has done nothing; other statements count none.
                return !CHANGES_ROWS.matcher(sql).lookingAt() || statement.getUpdateCount() > 0;
            } catch (SQLException e) {
                refused(e);
                return false;
            } finally {
                connection.rollback();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(
                    role + " cannot log in, or failed for another reason than its rights: " + sql, e);
        }
    }

    private static Observation revokedKey(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("revoked", "enterprise");
        ApiKey key = context.tenants().addKey(tenant.org(), null, "ingest", "read");
        var bearer = new AttackTenants.Tenant(tenant.org(), key);
        HttpAnswer before = context.query(bearer, "/v1/today");
        HttpAnswer sent = context.ingest(bearer, context.event("u-revoked"));
        context.tenants().revoke(key);
        long begin = System.nanoTime();
        boolean refused = AttackContext.await(REVOKED_WITHIN.plusSeconds(15), () -> {
            HttpAnswer query = context.query(bearer, "/v1/today");
            HttpAnswer event = context.ingest(bearer, context.event("u-revoked"));
            return query.status() == 401 && event.status() == 401;
        });
        double after = Math.round((System.nanoTime() - begin) / 1e8) / 10.0;
        return Observation.of(
                before.status() == 200 && sent.status() == 202 && refused && after <= REVOKED_WITHIN.toSeconds(),
                "before: " + before.brief() + " and " + sent.brief() + "; "
                        + (refused ? "refused after " : "still taken after ") + after + " s");
    }

    private static Observation forgedKeys(AttackContext context) throws Exception {
        Random random = context.random("10b");
        String real = context.open().key().text().value();
        DatabaseAddress owner = context.target().database("migrator").orElseThrow();
        String scans =
                "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = ?";
        // PostgreSQL adds up what a session did when it has been idle for ten seconds.
        Duration statistics = Duration.ofSeconds(12);
        AttackContext.await(statistics, () -> false);
        long before = CountingTries.number(owner, scans, "api_keys");
        int refused = 0;
        for (int i = 0; i < FORGED; i++) {
            String[] parts = real.split("_", -1);
            for (int part = Math.max(1, parts.length - 2); part < parts.length; part++) {
                parts[part] = letters(random, parts[part].length());
            }
            HttpAnswer answer = context.ingest(
                    "", "Bearer " + String.join("_", parts), "{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            refused += answer.status() == 401 ? 1 : 0;
        }
        AttackContext.await(statistics, () -> false);
        long lookups = CountingTries.number(owner, scans, "api_keys") - before;
        return Observation.of(
                refused == FORGED && lookups < MAX_LOOKUPS,
                refused + " of " + FORGED + " refused, " + lookups + " look-ups");
    }

    static String letters(Random random, int count) {
        var out = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }
}
