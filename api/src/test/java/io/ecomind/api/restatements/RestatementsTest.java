package io.ecomind.api.restatements;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.service.auth.ApiKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class RestatementsTest {
    private static final String PATH = "/v1/restatements";
    private static final String VERSIONS = "/v1/rating-versions";
    private static final String LATE = "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"a lost batch\"}";

    private static RunningApi api;
    private String org;
    private ApiKey read;
    private ApiKey manage;

    @BeforeAll
    static void start() {
        api = new RunningApi(Instant.parse("2026-03-15T12:00:00Z"));
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void addOrganisation() throws Exception {
        org = api.newOrganisation("Europe/Berlin");
        read = api.readKey(org);
        manage = api.key(org, Set.of("manage"));
    }

    @Test
    void a_request_is_stored_and_can_be_followed_to_its_end() throws Exception {
        RunningApi.Answer created = api.post(
                PATH,
                manage,
                "{\"from\":\"2026-02-01\",\"to\":\"2026-02-28\",\"factor_set\":\"ecomind-2026.1\","
                        + "\"reason\":\"the auditor's set\"}");

        assertThat(created.status()).isEqualTo(201);
        long id = created.json().get("id").asLong();
        assertThat(created.response().headers().firstValue("Location")).contains(PATH + "/" + id);
        JsonNode stored = api.get(PATH + "/" + id, read).json();
        assertThat(stored).isEqualTo(created.json());
        assertThat(stored.get("from").asText()).isEqualTo("2026-02-01");
        assertThat(stored.get("to").asText()).isEqualTo("2026-02-28");
        assertThat(stored.get("kind").asText()).isEqualTo("rerate");
        assertThat(stored.get("factor_set").asText()).isEqualTo("ecomind-2026.1");
        assertThat(stored.get("reason").asText()).isEqualTo("the auditor's set");
        assertThat(stored.get("state").asText()).isEqualTo("requested");
        assertThat(stored.get("requested_at").isTextual()).isTrue();
        assertThat(stored.get("finished_at").isNull()).isTrue();
        assertThat(stored.get("detail").isNull()).isTrue();

        api.sql(
                "UPDATE restatements SET state = 'done', detail = 'days: 3 restated', finished_at = now() WHERE id = ?",
                id);

        JsonNode done = api.get(PATH, read).json().get("rows").get(0);
        assertThat(done.get("state").asText()).isEqualTo("done");
        assertThat(done.get("detail").asText()).isEqualTo("days: 3 restated");
        assertThat(done.get("finished_at").isTextual()).isTrue();
    }

    @Test
    void without_a_set_what_came_late_is_counted() throws Exception {
        JsonNode created = api.post(PATH, manage, LATE).json();

        assertThat(created.get("kind").asText()).isEqualTo("late");
        assertThat(created.get("factor_set").isNull()).isTrue();
    }

    @Test
    void pages_show_every_request_once_newest_first_and_a_state_narrows_them() throws Exception {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(0, api.post(PATH, manage, LATE).json().get("id").asLong());
        }
        api.sql("UPDATE restatements SET state = 'failed' WHERE id = ?", ids.get(1));
        List<Long> seen = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = api.get(PATH + "?limit=2" + cursor, read).json();
            page.get("rows").forEach(row -> seen.add(row.get("id").asLong()));
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").asText();
        } while (!cursor.isEmpty());

        assertThat(seen).isEqualTo(ids);
        JsonNode failed = api.get(PATH + "?state=failed", read).json();
        assertThat(failed.get("rows").size()).isEqualTo(1);
        assertThat(failed.get("rows").get(0).get("id").asLong()).isEqualTo(ids.get(1));
    }

    @Test
    void bad_requests_are_refused_with_field_value_and_limit() throws Exception {
        Map<String, List<String>> wrong = new LinkedHashMap<>();
        wrong.put("{\"to\":\"2026-03-02\",\"reason\":\"r\"}", List.of("field_missing", "from"));
        wrong.put("{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\"}", List.of("field_missing", "reason"));
        wrong.put(
                "{\"from\":\"soon\",\"to\":\"2026-03-02\",\"reason\":\"r\"}",
                List.of("field_invalid", "from", "soon", "2026-01-31"));
        wrong.put(
                "{\"from\":\"2026-03-02\",\"to\":\"2026-03-01\",\"reason\":\"r\"}",
                List.of("field_out_of_range", "to", "2026-03-02", "2026-03-01"));
        wrong.put(
                "{\"from\":\"2025-01-01\",\"to\":\"2026-03-01\",\"reason\":\"r\"}",
                List.of("field_out_of_range", "425", "400"));
        wrong.put(
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\" \"}", List.of("field_invalid", "reason"));
        wrong.put(
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"" + "r".repeat(1_001) + "\"}",
                List.of("field_too_long", "reason", "1000", "1001"));
        wrong.put(
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"a\\u0000b\"}",
                List.of("field_invalid", "reason"));
        wrong.put(
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"r\",\"factor_set\":\"no-such\"}",
                List.of("field_invalid", "factor_set", "no-such", "/v1/factors"));
        wrong.put(
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"r\",\"factor_set\":7}",
                List.of("field_invalid", "factor_set", "7"));
        wrong.put(
                "{\"from\":\"2026-03-01\",\"to\":\"2026-03-02\",\"reason\":\"r\",\"factorset\":\"x\"}",
                List.of("field_invalid", "factorset", "factor_set"));
        wrong.put("[]", List.of("not_an_object", "object"));
        wrong.put("{", List.of("invalid_json", "line"));
        wrong.put("{\"a\":1", List.of("invalid_json", "line 1, column"));
        wrong.put("{\"a\":1]", List.of("invalid_json", "line 1, column"));
        wrong.put("", List.of("empty_body", "empty"));

        for (var body : wrong.entrySet()) {
            RunningApi.Answer answer = api.post(PATH, manage, body.getKey());

            assertThat(answer.status()).as(body.getKey()).isEqualTo(400);
            assertThat(answer.contentType()).startsWith("application/problem+json");
            assertThat(answer.json().get("code").asText())
                    .as(body.getKey())
                    .isEqualTo(body.getValue().get(0));
            assertThat(answer.json().get("detail").asText())
                    .contains(body.getValue().subList(1, body.getValue().size()))
                    .doesNotContain("REDACTED");
        }
        assertThat(api.get(PATH, read).json().get("rows").size()).isZero();
    }

    @Test
    void bad_parameters_are_refused() throws Exception {
        for (String query : List.of("limit=0", "limit=1001", "state=lost", "cursor=!!", "page=2")) {
            RunningApi.Answer answer = api.get(PATH + "?" + query, read);

            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().get("code").asText()).isEqualTo("invalid_parameter");
        }
        for (String query : List.of("limit=0", "from=2026-03-02&to=2026-03-01", "from=2025-01-01", "cursor=YWJj")) {
            assertThat(api.get(VERSIONS + "?" + query, read).status()).as(query).isEqualTo(400);
        }
        assertThat(api.get(PATH + "/one", read).json().get("code").asText()).isEqualTo("invalid_parameter");
        assertThat(api.get(PATH + "/9223372036854775807", read).status()).isEqualTo(404);
    }

    @Test
    void asking_needs_another_scope_than_reading() throws Exception {
        RunningApi.Answer refused = api.post(PATH, read, LATE);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().get("code").asText()).isEqualTo("scope_missing");
        assertThat(refused.json().get("detail").asText()).contains("manage");
        assertThat(api.post(PATH, api.key(org, Set.of("ingest", "import")), LATE)
                        .status())
                .isEqualTo(403);
        assertThat(api.post(PATH, null, LATE).status()).isEqualTo(401);
        assertThat(api.post(PATH + "?org_id=someone-else", manage, LATE)
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("org_mismatch");
        for (String path : List.of(PATH, PATH + "/1", VERSIONS)) {
            assertThat(api.get(path, manage).status()).as(path).isEqualTo(403);
            assertThat(api.get(path, null).status()).as(path).isEqualTo(401);
        }
    }

    @Test
    void another_organisation_sees_nothing_and_neither_sees_the_operators_requests() throws Exception {
        long id = api.post(PATH, manage, LATE).json().get("id").asLong();
        version("2026-03-01", 2, "late", null, id);
        api.sql("INSERT INTO restatements (from_date, to_date, kind) VALUES ('2026-03-01', '2026-03-02', 'late')");
        String other = api.newOrganisation("UTC");
        ApiKey stranger = api.readKey(other);

        assertThat(api.get(PATH, stranger).json().get("rows").size()).isZero();
        assertThat(api.get(PATH + "/" + id, stranger).status()).isEqualTo(404);
        assertThat(api.get(VERSIONS + "?from=2026-03-01&to=2026-03-02", stranger)
                        .json()
                        .get("rows")
                        .size())
                .isZero();
        assertThat(api.get(PATH, read).json().get("rows").size()).isEqualTo(1);
        assertThat(api.get(VERSIONS + "?from=2026-03-01&to=2026-03-02", read)
                        .json()
                        .get("rows")
                        .size())
                .isEqualTo(1);
    }

    @Test
    void unfinished_requests_are_limited_and_finished_ones_do_not_count() throws Exception {
        for (int i = 0; i < RestatementService.MAX_UNFINISHED; i++) {
            assertThat(api.post(PATH, manage, LATE).status()).isEqualTo(201);
        }

        RunningApi.Answer refused = api.post(PATH, manage, LATE);

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().get("code").asText()).isEqualTo("rate_limited");
        assertThat(refused.response().headers().firstValue("Retry-After")).contains("60");
        api.sql("UPDATE restatements SET state = 'done' WHERE org_id = ?", org);
        assertThat(api.post(PATH, manage, LATE).status()).isEqualTo(201);
    }

    @Test
    void versions_of_a_day_tell_why_and_both_totals() throws Exception {
        version("2026-03-01", 2, "late", null, 7);
        version("2026-03-01", 3, "rerate", "ecomind-2026.1", 8);
        version("2026-03-01", 4, "rebuild", null, 1);
        version("2026-03-05", 2, "late", null, 9);
        version("2026-02-01", 2, "late", null, 6);

        RunningApi.Answer first = api.get(VERSIONS + "?from=2026-03-01&to=2026-03-10&limit=3", read);
        String body = first.response().body();
        JsonNode answer = first.json();

        assertThat(answer.get("org_id").asText()).isEqualTo(org);
        assertThat(answer.get("rows").findValuesAsText("date"))
                .containsExactly("2026-03-05", "2026-03-01", "2026-03-01");
        assertThat(answer.get("rows").get(1).get("kind").asText()).isEqualTo("rebuild");
        assertThat(answer.get("rows").get(1).get("restatement").isNull()).isTrue();
        JsonNode rerated = answer.get("rows").get(2);
        assertThat(rerated.get("version").asInt()).isEqualTo(3);
        assertThat(rerated.get("factor_set").asText()).isEqualTo("ecomind-2026.1");
        assertThat(rerated.get("reason").asText()).isEqualTo("why 3");
        assertThat(rerated.get("restatement").asLong()).isEqualTo(8);
        // What is stored has trailing zeros and no order; an exponent would be another number to some readers.
        assertThat(body)
                .contains(
                        "\"old_totals\":{\"call_count\":1,\"tokens_in\":10,\"kwh\":0.000000001009,\"co2_kg\":null}",
                        "\"new_totals\":{\"call_count\":2,\"kwh\":1.5}");
        JsonNode last = api.get(
                        VERSIONS + "?from=2026-03-01&to=2026-03-10&limit=3&cursor="
                                + answer.get("next_cursor").asText(),
                        read)
                .json();
        assertThat(last.get("rows").size()).isEqualTo(1);
        assertThat(last.get("rows").get(0).get("version").asInt()).isEqualTo(2);
        assertThat(last.get("next_cursor").isNull()).isTrue();
    }

    private void version(String date, int version, String kind, @Nullable String set, long restatement)
            throws Exception {
        api.sql(
                "INSERT INTO rating_versions (org_id, date, version, reason, kind, factor_set, restatement, old_totals,"
                        + " new_totals) VALUES (?, CAST(? AS date), ?, ?, ?, ?, ?, CAST(? AS jsonb), CAST(? AS jsonb))",
                org,
                date,
                version,
                "why " + version,
                kind,
                set,
                restatement,
                "{\"kwh\":0.000000001009,\"call_count\":1,\"tokens_in\":10,\"co2_kg\":null}",
                "{\"kwh\":1.500000000000,\"call_count\":2}");
    }
}
