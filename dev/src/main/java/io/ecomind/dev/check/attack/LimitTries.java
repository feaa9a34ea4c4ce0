package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.dev.check.attack.Attempt.Observation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Limits of plans held against those who are limited, and limits of what is kept of refused items. Stateless. */
final class LimitTries {
    private static final Pattern OWN_DRAWS =
            Pattern.compile("(?m)^ecomind_ingest_rate_limit_bypasses_total\\s+([0-9.E+]+)");
    private static final int THREADS = 8;
    private static final int PER_REQUEST = 100;
    private static final int REQUESTS = 40;
    private static final long PER_MINUTE = 6_000;
    private static final long PER_DAY = 10_000;
    private static final int FLOOD_REQUESTS = 20;
    private static final int FLOOD_ITEMS = 1_000;
    private static final long MAX_ROWS = 2_000;
    private static final long MAX_BYTES = 8L << 20;
    private static final Duration COUNTED_WITHIN = Duration.ofSeconds(100);

    private LimitTries() {}

    static List<Attempt> all() {
        return List.of(
                new Attempt(
                        "4a",
                        "plan-limit-by-many-threads",
                        THREADS + " threads on one key of the plan free send " + THREADS * REQUESTS * PER_REQUEST
                                + " events, while a second organisation of that plan sends "
                                + THREADS * REQUESTS * PER_REQUEST / 4,
                        "neither gets more than its plan: 6,000 at once and 100 a second, 10,000 a day; as much again at most where"
                                + " the gateway counts draws that Redis did not answer",
                        Set.of(AttackNeed.TENANTS),
                        LimitTries::contention),
                new Attempt(
                        "5a",
                        "flood-of-refused-items",
                        FLOOD_REQUESTS + " requests of " + FLOOD_ITEMS
                                + " invalid items on the plan free, half of them equal",
                        "at most 2,000 rows and 8 MiB of them are kept, and the listing says how many there were",
                        Set.of(AttackNeed.TENANTS),
                        LimitTries::refusedItems));
    }

    private static Observation contention(AttackContext context) throws Exception {
        AttackTenants.Tenant limited = context.tenant("limited", "free");
        AttackTenants.Tenant beside = context.tenant("limited-beside", "free");
        long ownDraws = ownDraws(context);
        long begin = System.nanoTime();
        var acceptedBeside = new AtomicLong();
        var stop = new AtomicBoolean();
        var other = new Thread(() -> {
            for (int i = 0; i < THREADS * REQUESTS / 4 && !stop.get(); i++) {
                acceptedBeside.addAndGet(send(context, beside));
            }
        });
        other.start();
        long accepted = AttackContext.atOnce(THREADS, () -> {
                    long all = 0;
                    for (int i = 0; i < REQUESTS; i++) {
                        all += send(context, limited);
                    }
                    return all;
                })
                .stream()
                .mapToLong(Long::longValue)
                .sum();
        other.join(60_000);
        stop.set(true);
        long seconds = (System.nanoTime() - begin) / 1_000_000_000 + 1;
        long most = Math.min(PER_DAY, PER_MINUTE + seconds * PER_MINUTE / 60);
        // What the gateway could not ask Redis about in time it grants of its own part, which is the whole for one
        // gateway.
        ownDraws = ownDraws(context) - ownDraws;
        long granted = ownDraws == 0 ? most : 2 * most;
        boolean held = accepted <= granted && acceptedBeside.get() <= granted && accepted >= PER_REQUEST;
        return Observation.of(
                held,
                accepted + " and " + acceptedBeside.get() + " events accepted in " + seconds + " s, the plan has "
                        + most
                        + (ownDraws == 0
                                ? ""
                                : "; " + ownDraws
                                        + " times Redis did not answer in time, and the gateway granted of its own"
                                        + " part, as much again at most"));
    }

    /** How often the gateway granted of its own part because Redis did not answer. */
    private static long ownDraws(AttackContext context) {
        var draws = OWN_DRAWS.matcher(
                new HttpProbe(context.target().management()).get("/metrics").text());
        return draws.find() ? (long) Double.parseDouble(draws.group(1)) : 0;
    }

    private static long send(AttackContext context, AttackTenants.Tenant tenant) {
        HttpAnswer answer = context.ingest(tenant, events(context));
        return answer.status() == 202 ? answer.json().path("accepted").asLong() : 0;
    }

    private static String events(AttackContext context) {
        return IntStream.range(0, PER_REQUEST)
                .mapToObj(i -> context.event("u-limited"))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static Observation refusedItems(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("refused", "free");
        String wrong = "\"provider\":\"p\",\"tokens_in\":-1,\"metadata\":{\"a\":\"" + "x".repeat(200) + "\"}}";
        DatabaseAddress owner = context.target().database("migrator").orElseThrow();
        int refused = 0;
        for (int i = 0; i < FLOOD_REQUESTS; i++) {
            int request = i;
            // Every second request has items that are wrong in the same way, the others each in its own.
            byte[] body = AttackContext.gzip(IntStream.range(0, FLOOD_ITEMS)
                    .mapToObj(item ->
                            "{\"user_id\":\"u" + (request % 2 == 0 ? 0 : request * FLOOD_ITEMS + item) + "\"," + wrong)
                    .collect(Collectors.joining(",", "[", "]"))
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            HttpAnswer answer = context.ingest(tenant.org(), tenant.authorization(), body, "Content-Encoding", "gzip");
            refused += answer.status() == 400 ? 1 : 0;
        }
        // What is over the limit is counted in a row of its own, a minute later at most.
        long items = (long) refused * FLOOD_ITEMS;
        AttackContext.await(COUNTED_WITHIN, () -> listed(context, tenant) >= items);
        long[] kept = rows(owner, tenant.org());
        long listed = listed(context, tenant);
        boolean held = kept[0] > 0 && kept[0] <= MAX_ROWS && kept[1] <= MAX_BYTES && listed == items && items > 0;
        return Observation.of(
                held,
                refused + " requests answered 400; " + kept[0] + " rows of " + (kept[1] >> 10)
                        + " KiB kept, the listing counts " + listed);
    }

    private static long listed(AttackContext context, AttackTenants.Tenant tenant) {
        var answer = context.query(tenant, "/v1/events/rejected?limit=1").json();
        long listed = answer.path("not_kept").asLong();
        for (var count : answer.path("counts")) {
            listed += count.asLong();
        }
        return listed;
    }

    private static long[] rows(DatabaseAddress owner, String org) {
        try (Connection connection = owner.dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT count(*), coalesce(sum(pg_column_size(r.*)), 0) FROM events_rejected r WHERE org_id = ?")) {
            query.setString(1, org);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? new long[] {row.getLong(1), row.getLong(2)} : new long[] {-1, -1};
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
