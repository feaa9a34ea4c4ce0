package io.ecomind.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.http.HttpServer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A key that is bound to a person sees that person and no colleague, on every route. The colleague's names and numbers are
 * such as appear nowhere else, neither alone nor added to the person's own.
 */
@Tag("integration")
class BoundKeyTest {
    private static final Instant NOW = Instant.parse("2026-03-10T20:00:00Z");
    private static final String ME = "me@example.org";
    private static final String COLLEAGUE = "canary@example.org";
    private static final Set<String> SCOPES = Set.of("read", "manage");
    private static final AtomicLong OFFSETS = new AtomicLong(7_000_000);

    private static final long MY_CALLS = 3;
    private static final long CANARY_CALLS = 7_919;
    private static final String MY_KWH = "0.003";
    private static final String CANARY_KWH = "7.919";

    private static RunningApi api;
    private String org;
    private long restatement;

    @BeforeAll
    static void start() {
        api = new RunningApi(NOW);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void addTwoColleagues() throws Exception {
        org = api.newOrganisation("UTC");
        for (String person : List.of("me", "canary")) {
            api.sql("INSERT INTO users (org_id, id, name) VALUES (?, ?, ?)", org, person, person + " name");
            api.sql(
                    "INSERT INTO user_aliases (org_id, alias, user_id) VALUES (?, ?, ?)",
                    org,
                    person + "@example.org",
                    person);
            api.sql("INSERT INTO teams (org_id, id, name) VALUES (?, ?, ?)", org, "team-of-" + person, person);
            api.sql(
                    "INSERT INTO team_members (org_id, team_id, user_id) VALUES (?, ?, ?), (?, 'team-of-me', ?)"
                            + " ON CONFLICT DO NOTHING",
                    org,
                    "team-of-" + person,
                    person,
                    org,
                    person);
        }
        // Everything is shared once, and the colleague has something alone as well.
        new DailyRows(api, org)
                .user(ME)
                .project("shared")
                .calls(MY_CALLS, MY_KWH)
                .user(COLLEAGUE)
                .calls(CANARY_CALLS, CANARY_KWH)
                .model("canary", "canary-model")
                .calls(CANARY_CALLS, null)
                .project("canary-project")
                .calls(CANARY_CALLS, CANARY_KWH);
        reject(ME, "mine");
        reject(COLLEAGUE, "canary");
        miss(ME, "mine");
        miss(COLLEAGUE, "canary");
        api.sql("""
                INSERT INTO rating_versions (org_id, date, version, reason, kind, restatement, old_totals, new_totals)
                VALUES (?, DATE '2026-03-10', 2, 'canary', 'late', 1, '{"call_count": 7919}', '{"call_count": 7922}')""", org);
        restatement = OFFSETS.incrementAndGet();
        api.sql("""
                INSERT INTO restatements (id, org_id, from_date, to_date, kind, reason, state, detail)
                OVERRIDING SYSTEM VALUE
                VALUES (?, ?, DATE '2026-03-10', DATE '2026-03-10', 'late', 'canary', 'done', '7919 calls')""", restatement, org);
    }

    @Test
    void no_route_shows_anything_of_a_colleague() throws Exception {
        ApiKey mine = api.boundKey(org, SCOPES, ME);
        ApiKey everybodys = api.key(org, SCOPES);
        List<String> shown = new ArrayList<>();
        List<String> paths = paths();

        for (String path : paths) {
            RunningApi.Answer bound = api.get(path, mine);
            assertThat(bound.status()).as(path).isIn(200, 403);
            if (bound.status() == 403) {
                assertThat(bound.json().get("code").asText()).as(path).isEqualTo("forbidden");
            }
            assertThat(colleagueIn(bound.json())).as(path).isEmpty();
            assertThat(colleagueIn(api.get(path, mine, "text/csv").response().body()))
                    .as(path)
                    .isEmpty();

            RunningApi.Answer unbound = api.get(path, everybodys);
            assertThat(unbound.status()).as(path).isEqualTo(200);
            if (!colleagueIn(unbound.json()).isEmpty()) {
                shown.add(path.replaceAll("[?].*", "").replace("/" + restatement, "/{id}"));
            }
        }

        // The canary can be found: these are the routes with figures of people.
        assertThat(shown)
                .contains(
                        "/v1/today",
                        "/v1/aggregate/daily",
                        "/v1/coverage",
                        "/v1/factors/diff",
                        "/v1/events/rejected",
                        "/v1/reconciliation",
                        "/v1/rating-versions",
                        "/v1/restatements",
                        "/v1/restatements/{id}");
        assertThat(shown.stream().filter("/v1/aggregate/daily"::equals)).hasSize(GroupBy.values().length);
    }

    @Test
    void every_group_has_the_persons_own_calls() throws Exception {
        ApiKey mine = api.boundKey(org, SCOPES, ME);

        for (GroupBy group : GroupBy.values()) {
            JsonNode rows = api.get(
                            "/v1/aggregate/daily?from=2026-03-10&to=2026-03-10&group_by=" + group.publicName(), mine)
                    .json()
                    .get("rows");
            assertThat(rows).as(group.publicName()).hasSize(1);
            assertThat(rows.get(0).get("call_count").asLong()).isEqualTo(MY_CALLS);
            assertThat(rows.get(0).get("kwh").decimalValue()).isEqualByComparingTo(MY_KWH);
        }
        JsonNode today = api.get("/v1/today", mine).json();
        assertThat(today.get("user_id").asText()).isEqualTo(ME);
        assertThat(today.get("call_count").asLong()).isEqualTo(MY_CALLS);
        assertThat(api.get("/v1/coverage?from=2026-03-10&to=2026-03-10", mine)
                        .json()
                        .findValuesAsText("calls"))
                .contains(Long.toString(MY_CALLS));
        assertThat(api.get("/v1/events/rejected?from=2026-03-10&to=2026-03-10", mine)
                        .json()
                        .get("rows"))
                .hasSize(1);
        assertThat(api.get("/v1/reconciliation", mine).json().get("missing").asLong())
                .isEqualTo(1);
    }

    @Test
    void a_person_who_is_called_all_is_not_everybody() throws Exception {
        ApiKey all = api.boundKey(org, SCOPES, "all");

        assertThat(api.get("/v1/aggregate/daily?from=2026-03-10&to=2026-03-10&group_by=user", all)
                        .json()
                        .get("rows"))
                .isEmpty();
        assertThat(api.get("/v1/today", all).json().get("call_count").asLong()).isZero();
    }

    @Test
    void a_restatement_is_not_for_one_person_to_request() throws Exception {
        RunningApi.Answer answer = api.post(
                "/v1/restatements",
                api.boundKey(org, SCOPES, ME),
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"r\"}");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().get("code").asText()).isEqualTo("forbidden");
    }

    /** Every GET route that needs a key, with its parameters filled in; the daily one by each group. */
    private List<String> paths() {
        Map<String, String> parameters = Map.of("{set}", "ecomind-2026.1", "{id}", Long.toString(restatement));
        List<String> paths = new ArrayList<>();
        for (HttpServer.Route route : api.routes()) {
            if (!route.method().equals("GET") || route.access().permission() == null) {
                continue;
            }
            String path = route.path();
            for (var parameter : parameters.entrySet()) {
                path = path.replace(parameter.getKey(), parameter.getValue());
            }
            assertThat(path).as("a value for each parameter of the path").doesNotContain("{");
            String days = "from=2026-03-10&to=2026-03-10";
            paths.addAll(
                    switch (route.path()) {
                        case "/v1/aggregate/daily" -> {
                            String asked = path + "?" + days + "&group_by=";
                            yield Arrays.stream(GroupBy.values())
                                    .map(group -> asked + group.publicName())
                                    .toList();
                        }
                        case "/v1/coverage", "/v1/events/rejected", "/v1/rating-versions" -> List.of(path + "?" + days);
                        case "/v1/factors/diff" -> List.of(path + "?from=ecomind-2026.1&to=ecomind-2026.1");
                        case "/v1/factors/{set}/diff" -> List.of(path + "?from=ecomind-2026.1");
                        default -> List.of(path);
                    });
        }
        return paths;
    }

    private static List<String> colleagueIn(JsonNode json) {
        List<String> found = new ArrayList<>();
        collect(json, found);
        return found.stream().filter(BoundKeyTest::isOfColleague).toList();
    }

    /** In CSV: a value is what stands between commas, quotes and ends of lines. */
    private static List<String> colleagueIn(String text) {
        return Stream.of(text.split("[,\"\\s{}\\[\\]:]+"))
                .filter(BoundKeyTest::isOfColleague)
                .toList();
    }

    private static void collect(JsonNode json, List<String> values) {
        if (json.isValueNode()) {
            values.add(json.asText());
        }
        json.fieldNames().forEachRemaining(values::add);
        json.forEach(child -> collect(child, values));
    }

    private static boolean isOfColleague(String value) {
        if (value.contains("canary") || value.equals(Long.toString(CANARY_CALLS) + " calls")) {
            return true;
        }
        BigDecimal number;
        try {
            number = new BigDecimal(value);
        } catch (NumberFormatException text) {
            return false;
        }
        return Stream.of(1, 2, 3)
                .flatMap(times -> Stream.of(
                        BigDecimal.valueOf(times * CANARY_CALLS), BigDecimal.valueOf(times * CANARY_CALLS + MY_CALLS)))
                // Calls, tokens in and out; energy, water and carbon, with their upper bounds.
                .flatMap(calls -> Stream.of("1", "10", "2", "0.001", "0.002", "0.0005", "0.003", "0.006", "0.0015")
                        .map(each -> calls.multiply(new BigDecimal(each))))
                .anyMatch(forbidden -> forbidden.compareTo(number) == 0);
    }

    private void reject(String user, String id) throws Exception {
        api.sql(
                """
                INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code,
                    field, message, source, event_id, user_id, payload, payload_truncated)
                VALUES (1, ?, ?, ?, 'gateway', 'field_invalid', '', 'wrong', '', ?, ?, ?, false)""",
                OFFSETS.incrementAndGet(),
                org,
                OffsetDateTime.parse("2026-03-10T10:00:00Z"),
                id,
                user,
                ("{\"user_id\":\"" + user + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private void miss(String user, String id) throws Exception {
        api.sql(
                "INSERT INTO reconciliation_missing (raw_partition, raw_offset, org_id, source, event_id, user_id, ts,"
                        + " received_at) VALUES (1, ?, ?, '', ?, ?, now(), now())",
                OFFSETS.incrementAndGet(),
                org,
                id,
                user);
    }
}
