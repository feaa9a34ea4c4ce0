package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.dev.check.attack.Attempt.Observation;
import io.ecomind.service.auth.ApiKey;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** What the users of one database could take from each other: its disk, its locks, the past, and the wait for it. Stateless. */
final class SharedTries {
    /** More than a server has threads for requests. */
    private static final int INVENTED = 80;

    private static final Duration LOCKED = Duration.ofSeconds(2);
    private static final Duration QUICK = Duration.ofMillis(1_200);

    private SharedTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "7d",
                        "zone-of-past-days",
                        "a time zone for past days and for today written by the role of the API",
                        "refused by the table, and one for days to come is taken",
                        Set.of(AttackNeed.TENANTS, AttackNeed.API_LOGIN),
                        SharedTries::pastZone),
                new Attempt(
                        "9g",
                        "large-objects-and-locks",
                        "large objects made by each database role, and advisory locks taken by those that need none",
                        "each refused",
                        AttackNeed.logins(),
                        SharedTries::largeObjects),
                new Attempt(
                        "10c",
                        "invented-keys-while-the-database-waits",
                        INVENTED + " invented keys without a checksum at once, while the table of keys is locked for "
                                + LOCKED.toSeconds() + " s",
                        "an event of a known key accepted within " + QUICK.toMillis() + " ms meanwhile",
                        Set.of(AttackNeed.TENANTS),
                        SharedTries::inventedKeys));
    }

    private static Observation pastZone(AttackContext context) throws SQLException {
        String org = context.tenant("zones", "enterprise").org();
        List<String> taken = new ArrayList<>();
        for (String from : List.of("DATE '2020-01-01'", "current_date - 1", "current_date")) {
            if (takesZone(context, org, from)) {
                taken.add(from);
            }
        }
        boolean later = takesZone(context, org, "current_date + 2");
        return Observation.of(
                taken.isEmpty() && later,
                (taken.isEmpty() ? "all refused" : "taken: " + taken)
                        + (later ? "" : ", and one of days to come as well"));
    }

    /** Tries to write a zone, and takes it back. */
    private static boolean takesZone(AttackContext context, String org, String from) throws SQLException {
        try (Connection connection = login(context, "api");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "SELECT set_config('app.org_id', '" + org + "', true), set_config('app.people', 'all', true)");
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO org_time_zones (org_id, valid_from, zone) VALUES (?, " + from + ", 'Asia/Tokyo')")) {
                insert.setString(1, org);
                return insert.executeUpdate() == 1;
            } catch (SQLException refused) {
                return false;
            } finally {
                connection.rollback();
            }
        }
    }

    private static Observation largeObjects(AttackContext context) throws SQLException {
        List<String> done = new ArrayList<>();
        int tries = 0;
        for (String role : RightsTries.ROLES) {
            List<String> calls = new ArrayList<>(
                    List.of("lo_create(0)", "lo_from_bytea(0, 'x')", "lo_creat(-1)", "pg_advisory_lock_shared(1)"));
            if (role.equals("gateway") || role.equals("dispatcher")) {
                calls.addAll(List.of("pg_advisory_lock(1)", "pg_try_advisory_lock(1)", "pg_advisory_xact_lock(1, 1)"));
            }
            for (String call : calls) {
                tries++;
                try (Connection connection = login(context, role);
                        Statement statement = connection.createStatement()) {
                    statement.execute("SELECT " + call);
                    connection.rollback();
                    done.add(role + ": " + call);
                } catch (SQLException e) {
                    RightsTries.refused(e);
                }
            }
        }
        return Observation.of(
                done.isEmpty(), tries + " calls" + (done.isEmpty() ? ", all refused" : ", done: " + done));
    }

    private static Observation inventedKeys(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("beside-invented", "enterprise");
        DatabaseAddress owner = context.target().database("migrator").orElseThrow();
        // A row that was read just now counts for longer than the lock is held.
        ApiKey fresh = context.tenants().addKey(tenant.org(), null, "ingest", "read");
        var known = new AttackTenants.Tenant(tenant.org(), fresh);
        HttpAnswer before = context.ingest(known, context.event("u-known"));
        Random random = context.random("10c");
        var keys = new ConcurrentLinkedQueue<String>(IntStream.range(0, INVENTED)
                .mapToObj(i -> "eco_" + RightsTries.letters(random, 16) + "_" + RightsTries.letters(random, 40))
                .toList());
        HttpAnswer during;
        List<String> outcomes;
        try (Connection lock = owner.dataSource().getConnection();
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("SET LOCAL lock_timeout = '5s'");
            statement.execute("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE");
            long begin = System.nanoTime();
            CompletableFuture<List<String>> invented = CompletableFuture.supplyAsync(() -> ask(context, keys));
            // Until they wait.
            AttackContext.await(Duration.ofMillis(500), () -> false);
            during = context.ingest(known, context.event("u-known"));
            Duration left = LOCKED.minusNanos(System.nanoTime() - begin);
            AttackContext.await(left, () -> false);
            lock.rollback();
            outcomes = invented.join();
        }
        boolean quick = during.status() == 202 && during.took().compareTo(QUICK) <= 0;
        return Observation.of(
                before.status() == 202 && quick && outcomes.stream().noneMatch(outcome -> outcome.startsWith("2")),
                GrpcTries.counted(outcomes) + "; the known key meanwhile: " + during.brief() + " after "
                        + during.took().toMillis() + " ms");
    }

    private static List<String> ask(AttackContext context, ConcurrentLinkedQueue<String> keys) {
        try {
            return AttackContext.atOnce(
                    INVENTED,
                    () -> context.ingest("", "Bearer " + keys.remove(), "{}".getBytes(StandardCharsets.US_ASCII))
                            .brief());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Connection login(AttackContext context, String role) throws SQLException {
        Connection connection =
                context.target().database(role).orElseThrow().dataSource().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }
}
