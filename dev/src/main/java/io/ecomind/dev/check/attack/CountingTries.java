package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.dev.check.attack.Attempt.Observation;
import io.ecomind.service.auth.ApiKey;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is accepted is counted or listed, one organisation's data stops no other, and keys show their own. Stateless. */
final class CountingTries {
    private static final Duration COUNTED_WITHIN = Duration.ofSeconds(60);
    private static final int MONTHS = 300;
    private static final int MAX_RELATIONS = 100;
    private static final int NAMES = 3_000;
    private static final int MAX_NAMES = 1_001;
    private static final String CANARY = "canary-of-a-colleague";
    private static final List<String> GROUPS = List.of("org", "user", "team", "project", "provider", "model");

    private CountingTries() {}

    static List<Attempt> all() {
        Set<AttackNeed> tenants = Set.of(AttackNeed.TENANTS);
        return List.of(
                new Attempt(
                        "6a",
                        "values-at-the-limits",
                        "events with numbers of 1,001 digits, extreme exponents, the longest names and deep metadata",
                        "each is refused, or accepted and then counted or listed within 60 s",
                        tenants,
                        CountingTries::limits),
                new Attempt(
                        "7a",
                        "invalid-time-zone",
                        "an invalid time zone written by the role of the API",
                        "refused by the table",
                        Set.of(AttackNeed.TENANTS, AttackNeed.API_LOGIN),
                        CountingTries::zone),
                new Attempt(
                        "7b",
                        "import-over-many-months",
                        "an import of one event in each of " + MONTHS + " months",
                        "at most " + MAX_RELATIONS + " new tables and indexes; another organisation's event counted"
                                + " within 10 s meanwhile",
                        tenants,
                        CountingTries::months),
                new Attempt(
                        "7c",
                        "many-different-names",
                        NAMES + " different users, models and projects in one day on the plan free",
                        "at most 1,000 of each and one for the rest are kept apart; all calls counted",
                        tenants,
                        CountingTries::cardinality),
                new Attempt(
                        "8a",
                        "bound-key-through-groupings",
                        "a key bound to one person asks for every grouping, while a colleague has calls",
                        "the own calls only, and no name of the colleague's",
                        tenants,
                        CountingTries::boundKey),
                new Attempt(
                        "8b",
                        "same-idempotency-key",
                        "two people of an organisation send with the same Idempotency-Key",
                        "different ids, and both calls counted",
                        tenants,
                        CountingTries::idempotencyKey),
                new Attempt(
                        "8c",
                        "another-organisation-by-name",
                        "queries and events that name another organisation, an existing one and an invented one",
                        "403 org_mismatch, the same for both",
                        tenants,
                        CountingTries::otherOrganisation));
    }

    /** Not one of the list: the end of a run, when all events of its organisations must be in their totals. */
    static Attempt accounts() {
        return new Attempt(
                "6b",
                "everything-accepted-is-counted",
                "all events that the tries' organisations had accepted",
                "each is in a total, or listed as a duplicate or rejected, within 60 s",
                Set.of(AttackNeed.TENANTS),
                context -> {
                    DatabaseAddress owner =
                            context.target().database("migrator").orElseThrow();
                    Map<String, Long> accepted = new TreeMap<>();
                    context.accepted().forEach((org, count) -> accepted.put(org, count.get()));
                    AttackContext.await(
                            COUNTED_WITHIN, () -> missing(owner, accepted).isEmpty());
                    Map<String, Long> missing = missing(owner, accepted);
                    long all = accepted.values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
                    return Observation.of(
                            missing.isEmpty() && all > 0,
                            all + " events of " + accepted.size() + " organisations accepted, "
                                    + (missing.isEmpty() ? "all counted or listed" : "not found: " + missing));
                });
    }

    /** Whether so many events of an organisation are in its totals or listed. */
    static boolean isAccountedFor(AttackContext context, String org, long accepted) {
        return missing(context.target().database("migrator").orElseThrow(), Map.of(org, accepted))
                .isEmpty();
    }

    private static Map<String, Long> missing(DatabaseAddress owner, Map<String, Long> accepted) {
        Map<String, Long> missing = new TreeMap<>();
        accepted.forEach((org, count) -> {
            long found = number(owner, "SELECT coalesce(sum(call_count), 0) FROM daily_org_agg WHERE org_id = ?", org)
                    + number(
                            owner,
                            "SELECT count(*) FROM events_rejected WHERE org_id = ? AND origin <> 'gateway'",
                            org);
            if (found != count) {
                missing.put(org, count - found);
            }
        });
        return missing;
    }

    private static Observation limits(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("at-limits", "enterprise");
        List<String> bodies = new ArrayList<>();
        for (String metadata : List.of(
                "{\"a\":" + "1".repeat(1_001) + "}",
                "{\"a\":" + "1".repeat(1_000) + "}",
                "{\"a\":1e1000}",
                "{\"a\":1e-1000}",
                "{\"a\":-1E+999}",
                "{\"a\":0." + "1".repeat(2_000) + "}",
                "{\"a\":\"\\u0000\"}",
                "{\"a\":\"\\ud800\"}",
                "{\"" + "k".repeat(4_000) + "\":1}",
                "[".repeat(30) + "]".repeat(30),
                "{\"a\":" + "[".repeat(29) + "]".repeat(29) + "}")) {
            bodies.add(context.event("u-limits")
                    .replaceFirst("\\{", "{\"metadata\":" + java.util.regex.Matcher.quoteReplacement(metadata) + ","));
        }
        for (String[] field : new String[][] {
            {"model", "m".repeat(256)},
            {"model", "\ud83c\udf0d".repeat(256)},
            {"project", "\u00e9".repeat(128)},
            {"region", "r".repeat(64)},
            {"status", "s".repeat(32)},
            {"source", "\u4e2d".repeat(64)},
            {"id", "i".repeat(128)},
            {"ts", "2026-01-01T00:00:00.123456789+18:00"},
            {"ts", "2026-12-31T23:59:60Z"}
        }) {
            bodies.add(context.event("u-limits", field[0], field[1]));
        }
        long accepted = 0;
        List<String> outcomes = new ArrayList<>();
        for (String body : bodies) {
            HttpAnswer answer = context.ingest(tenant, body);
            accepted += answer.status() == 202 ? 1 : 0;
            outcomes.add(answer.brief());
        }
        long expected = accepted;
        DatabaseAddress owner = context.target().database("migrator").orElseThrow();
        boolean all = AttackContext.await(
                COUNTED_WITHIN,
                () -> missing(owner, Map.of(tenant.org(), expected)).isEmpty());
        return Observation.of(
                all && outcomes.stream().noneMatch(o -> o.startsWith("5") || o.startsWith("no")),
                GrpcTries.counted(outcomes) + "; "
                        + (all
                                ? "all accepted ones found"
                                : "not found: " + missing(owner, Map.of(tenant.org(), expected))));
    }

    private static Observation zone(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("zone", "enterprise");
        List<String> accepted = new ArrayList<>();
        // A zone that Java does not know stops the job; PostgreSQL knows some that Java does not, and the reverse.
        for (String zone : List.of("Mars/Olympus", "+25:00", "", "Europe/Berlin ", "EST5EDT4", "posix/Europe/Berlin")) {
            if (takesZone(context, tenant.org(), zone)) {
                accepted.add("'" + zone + "'");
            }
        }
        // Where valid ones are refused too, nothing shows that it is for their names.
        boolean valid = takesZone(context, tenant.org(), "Europe/Berlin");
        return Observation.of(
                accepted.isEmpty() && valid,
                (accepted.isEmpty() ? "all refused" : "taken: " + accepted)
                        + (valid ? "" : ", and a valid one as well"));
    }

    /** Tries to write a zone, and takes it back. */
    private static boolean takesZone(AttackContext context, String org, String zone) throws SQLException {
        try (Connection connection = context.target()
                        .database("api")
                        .orElseThrow()
                        .dataSource()
                        .getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(
                    "SELECT set_config('app.org_id', '" + org + "', true), set_config('app.people', 'all', true)");
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO org_time_zones (org_id, valid_from, zone) VALUES (?, current_date + 2, ?)")) {
                insert.setString(1, org);
                insert.setString(2, zone);
                insert.executeUpdate();
                statement.execute("SET CONSTRAINTS ALL IMMEDIATE");
                return true;
            } catch (SQLException refused) {
                return false;
            } finally {
                connection.rollback();
            }
        }
    }

    private static Observation months(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("import", "enterprise");
        AttackTenants.Tenant beside = context.tenant("import-beside", "enterprise");
        DatabaseAddress owner = context.target().database("migrator").orElseThrow();
        String relations = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname <> ?";
        long before = number(owner, relations, "");
        LocalDate first = LocalDate.of(2000, 1, 15);
        String body = IntStream.range(0, MONTHS)
                .mapToObj(i -> context.event(
                        "u-import", "ts", first.plusMonths(i) + "T00:00:00Z", "id", tenant.org() + "-" + i))
                .collect(Collectors.joining(",", "[", "]"));
        HttpAnswer answer = context.ingest(tenant, body);
        long begin = System.nanoTime();
        HttpAnswer honest = context.ingest(beside, context.event("u-beside"));
        boolean counted = AttackContext.await(COUNTED_WITHIN, () -> context.counted(beside) == 1);
        double lag = (System.nanoTime() - begin) / 1e9;
        AttackContext.await(
                COUNTED_WITHIN,
                () -> number(
                                owner,
                                "SELECT coalesce(sum(call_count), 0) FROM daily_org_agg WHERE org_id = ?",
                                tenant.org())
                        >= answer.json().path("accepted").asLong());
        long added = number(owner, relations, "") - before;
        return Observation.of(
                honest.status() == 202 && counted && lag <= 10 && added <= MAX_RELATIONS,
                answer.brief() + "; " + added + " new relations; the other organisation's event counted after "
                        + Math.round(lag * 10) / 10.0 + " s");
    }

    private static Observation cardinality(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("names", "free");
        for (int from = 0; from < NAMES; from += 1_000) {
            int first = from;
            String body = IntStream.range(first, first + 1_000)
                    .mapToObj(i -> context.event("u" + i, "model", "m" + i, "project", "p" + i))
                    .collect(Collectors.joining(",", "[", "]"));
            HttpAnswer answer = context.ingest(tenant, body);
            if (answer.status() != 202) {
                return Observation.of(answer.status() == 429, "refused after " + first + " names: " + answer.brief());
            }
        }
        DatabaseAddress owner = context.target().database("migrator").orElseThrow();
        boolean all = AttackContext.await(COUNTED_WITHIN, () -> context.counted(tenant) == NAMES);
        long users = number(owner, "SELECT count(DISTINCT user_id) FROM daily_user_agg WHERE org_id = ?", tenant.org());
        long models = number(owner, "SELECT count(DISTINCT model) FROM daily_model_agg WHERE org_id = ?", tenant.org());
        long projects = number(owner, "SELECT count(DISTINCT project) FROM daily_usage WHERE org_id = ?", tenant.org());
        return Observation.of(
                all && users <= MAX_NAMES && models <= MAX_NAMES && projects <= MAX_NAMES,
                context.counted(tenant) + " calls counted, kept apart: " + users + " users, " + models + " models, "
                        + projects + " projects");
    }

    private static Observation boundKey(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("bound", "enterprise");
        context.tenants().addPerson(tenant.org(), "me");
        context.tenants().addPerson(tenant.org(), CANARY);
        ApiKey own = context.tenants().addKey(tenant.org(), "me", "ingest", "read");
        context.ingest(tenant, context.event("me", "project", "shared"));
        context.ingest(tenant, context.event(CANARY, "project", CANARY, "model", CANARY, "provider", CANARY));
        context.ingest(tenant, context.event(CANARY, "project", "shared"));
        if (!AttackContext.await(COUNTED_WITHIN, () -> context.counted(tenant) == 3)) {
            return Observation.of(false, context.counted(tenant) + " of 3 events counted");
        }
        var bound = new AttackTenants.Tenant(tenant.org(), own);
        List<String> leaks = new ArrayList<>();
        for (String group : GROUPS) {
            for (String accept : List.of("application/json", "text/csv")) {
                HttpAnswer answer = context.query(bound, "/v1/aggregate/daily?group_by=" + group, "Accept", accept);
                JsonNode calls = answer.json().path("totals").path("call_count");
                if (answer.text().contains(CANARY) || calls.asLong(1) > 1) {
                    leaks.add(group + " (" + (calls.isMissingNode() ? "csv" : calls + " calls") + ")");
                }
            }
        }
        for (String path : List.of(
                "/v1/today",
                "/v1/today?user_id=" + CANARY,
                "/v1/events/rejected",
                "/v1/coverage",
                "/v1/rating-versions")) {
            HttpAnswer answer = context.query(bound, path);
            boolean shows = answer.status() == 200
                    && (answer.json().path("call_count").asLong(0) > 1
                            || answer.text().contains("\"" + CANARY + "\""));
            if (shows) {
                leaks.add(path);
            }
        }
        return Observation.of(leaks.isEmpty(), leaks.isEmpty() ? "only the own call" : "shown: " + leaks);
    }

    private static Observation idempotencyKey(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.tenant("idempotency", "enterprise");
        List<String> ids = new ArrayList<>();
        for (String person : List.of("one", "two")) {
            context.tenants().addPerson(tenant.org(), person);
            ApiKey key = context.tenants().addKey(tenant.org(), person, "ingest");
            HttpAnswer answer = context.ingest(
                    tenant.org(),
                    "Bearer " + key.text().value(),
                    ("{\"user_id\":\"" + person
                                    + "\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":1,\"tokens_out\":1}")
                            .getBytes(StandardCharsets.UTF_8),
                    "Idempotency-Key",
                    "the-same");
            ids.add(answer.json().path("ids").path(0).asText(answer.brief()));
        }
        boolean counted = AttackContext.await(Duration.ofSeconds(20), () -> context.counted(tenant) == 2);
        return Observation.of(
                !ids.get(0).equals(ids.get(1)) && counted,
                (ids.get(0).equals(ids.get(1)) ? "one id" : "two ids") + ", " + context.counted(tenant)
                        + " of 2 counted");
    }

    private static Observation otherOrganisation(AttackContext context) throws Exception {
        AttackTenants.Tenant tenant = context.open();
        AttackTenants.Tenant victim = context.tenant("victim", "enterprise");
        List<String> answers = new ArrayList<>();
        for (String org : List.of(victim.org(), victim.org() + "-invented")) {
            HttpAnswer today = context.query(tenant, "/v1/today?org_id=" + org);
            HttpAnswer daily = context.query(tenant, "/v1/aggregate/daily?org_id=" + org);
            HttpAnswer sent = context.ingest(tenant, context.event("u", "org_id", org));
            answers.add(today.brief() + ", " + daily.brief() + ", " + sent.brief());
        }
        return Observation.of(
                answers.get(0).equals(answers.get(1))
                        && answers.get(0).equals("403 org_mismatch, 403 org_mismatch, 403 org_mismatch"),
                "existing: " + answers.get(0) + "; invented: " + answers.get(1));
    }

    static long number(DatabaseAddress address, String sql, String parameter) {
        try (Connection connection = address.dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            query.setString(1, parameter);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? row.getLong(1) : -1;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
