package io.ecomind.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.testkit.TestDatabase;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("integration")
class TodayTest {
    /** Already the 11th in Auckland, still the 10th in UTC and New York. */
    private static final Instant NOW = Instant.parse("2026-03-10T20:00:00Z");

    private static RunningApi api;
    private String org;
    private ApiKey key;

    @BeforeAll
    static void start() {
        api = new RunningApi(NOW);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void addOrganisation() throws Exception {
        org = api.newOrganisation("UTC");
        key = api.readKey(org);
    }

    @Test
    void a_person_sees_calls_amounts_and_favourites_of_today() throws Exception {
        new DailyRows(api, org)
                .user("user-a")
                .model("openai", "gpt-4o")
                .calls(3, "0.000000000003")
                .model("anthropic", "claude")
                .calls(5, "1.5")
                .user("user-b")
                .calls(100, "100");

        JsonNode today =
                api.get("/v1/today?org_id=" + org + "&user_id=user-a", key).json();

        assertThat(names(today))
                .startsWith(
                        "date",
                        "org_id",
                        "user_id",
                        "call_count",
                        "kwh",
                        "water_liters",
                        "co2_kg",
                        "top_providers",
                        "top_models")
                .endsWith(
                        "uncovered_count",
                        "complete_through",
                        "provisional",
                        "kwh_low",
                        "kwh_high",
                        "water_liters_low",
                        "water_liters_high",
                        "co2_kg_low",
                        "co2_kg_high")
                .hasSize(18);
        assertThat(today.get("date").asText()).isEqualTo("2026-03-10");
        assertThat(today.get("org_id").asText()).isEqualTo(org);
        assertThat(today.get("user_id").asText()).isEqualTo("user-a");
        assertThat(today.get("call_count").asLong()).isEqualTo(8);
        assertThat(today.get("kwh").decimalValue()).isEqualByComparingTo("1.500000000003");
        assertThat(today.get("water_liters").decimalValue()).isEqualByComparingTo("3");
        assertThat(today.get("kwh_low").decimalValue()).isEqualByComparingTo(BigDecimal.ZERO);
        assertThat(today.get("kwh_high").decimalValue()).isEqualByComparingTo("4.500000000009");
        assertThat(today.get("water_liters_high").decimalValue()).isEqualByComparingTo("9");
        assertThat(today.get("co2_kg_high").decimalValue()).isEqualByComparingTo("2.250000000005");
        assertThat(today.get("top_providers").toString())
                .isEqualTo("[{\"provider\":\"anthropic\",\"count\":5},{\"provider\":\"openai\",\"count\":3}]");
        assertThat(today.get("top_models").toString())
                .isEqualTo("[{\"model\":\"claude\",\"count\":5},{\"model\":\"gpt-4o\",\"count\":3}]");
        assertThat(today.get("provisional").asBoolean()).isTrue();
    }

    @Test
    void without_a_person_the_whole_organisation_counts() throws Exception {
        new DailyRows(api, org).user("user-a").calls(1, "1").user("user-b").calls(2, "2");

        JsonNode today = api.get("/v1/today", key).json();

        assertThat(today.get("user_id").isNull()).isTrue();
        assertThat(today.get("call_count").asLong()).isEqualTo(3);
        assertThat(today.get("kwh").decimalValue()).isEqualByComparingTo("3");
        assertThat(today.get("top_models").toString()).isEqualTo("[{\"model\":\"gpt-4o\",\"count\":3}]");
    }

    @Test
    void small_amounts_are_plain_numbers_without_an_exponent() throws Exception {
        new DailyRows(api, org).calls(1, "0.000000000001");

        assertThat(api.get("/v1/today", key).response().body()).contains("\"kwh\":0.000000000001,");
    }

    @Test
    void no_calls_are_exactly_zero() throws Exception {
        JsonNode today = api.get("/v1/today?user_id=nobody", key).json();

        assertThat(today.get("call_count").asLong()).isZero();
        assertThat(today.get("kwh").decimalValue()).isEqualByComparingTo(BigDecimal.ZERO);
        assertThat(today.get("co2_kg").isNumber()).isTrue();
        assertThat(today.get("top_models").size()).isZero();
    }

    @Test
    void amounts_are_null_when_no_call_is_covered() throws Exception {
        new DailyRows(api, org).calls(4, null);

        JsonNode today = api.get("/v1/today", key).json();

        assertThat(today.get("call_count").asLong()).isEqualTo(4);
        assertThat(today.get("uncovered_count").asLong()).isEqualTo(4);
        assertThat(today.get("kwh").isNull()).isTrue();
        assertThat(today.get("water_liters").isNull()).isTrue();
        assertThat(today.get("co2_kg").isNull()).isTrue();
        for (String bound : List.of("kwh_low", "kwh_high", "water_liters_low", "co2_kg_high")) {
            assertThat(today.get(bound).isNull()).as(bound).isTrue();
        }
    }

    @Test
    void favourites_are_five_by_count_then_name() throws Exception {
        var rows = new DailyRows(api, org);
        for (String model : List.of("f", "e", "d", "c", "b", "a")) {
            rows.model("p-" + model, model).calls(model.equals("f") ? 9 : 1, "1");
        }

        JsonNode today = api.get("/v1/today", key).json();

        assertThat(today.get("top_models").findValuesAsText("model")).containsExactly("f", "a", "b", "c", "d");
        assertThat(today.get("top_providers").findValuesAsText("provider"))
                .containsExactly("p-f", "p-a", "p-b", "p-c", "p-d");
    }

    @Test
    void today_is_the_organisations_day() throws Exception {
        String auckland = api.newOrganisation("Pacific/Auckland");
        new DailyRows(api, auckland)
                .on("2026-03-10")
                .calls(1, "1")
                .on("2026-03-11")
                .calls(7, "1");

        JsonNode today = api.get("/v1/today", api.readKey(auckland)).json();

        assertThat(today.get("date").asText()).isEqualTo("2026-03-11");
        assertThat(today.get("call_count").asLong()).isEqualTo(7);
    }

    @Test
    void an_organisation_without_a_zone_has_days_of_utc() throws Exception {
        String zoneless = api.newOrganisation("Pacific/Auckland");
        api.sql("DELETE FROM org_time_zones WHERE org_id = ?", zoneless);

        assertThat(api.get("/v1/today", api.readKey(zoneless))
                        .json()
                        .get("date")
                        .asText())
                .isEqualTo("2026-03-10");
    }

    @Test
    void a_zone_that_holds_from_later_on_does_not_move_today() throws Exception {
        api.sql(
                "INSERT INTO org_time_zones (org_id, valid_from, zone) VALUES (?, DATE '2026-03-20', 'Pacific/Auckland')",
                org);

        assertThat(api.get("/v1/today", key).json().get("date").asText()).isEqualTo("2026-03-10");
    }

    @Test
    void another_organisations_calls_are_not_shown() throws Exception {
        String other = api.newOrganisation("UTC");
        new DailyRows(api, other).user("user-a").calls(50, "1");

        assertThat(api.get("/v1/today", key).json().get("call_count").asLong()).isZero();
        assertThat(api.get("/v1/today?user_id=user-a", key)
                        .json()
                        .get("call_count")
                        .asLong())
                .isZero();
    }

    @Test
    void another_organisation_is_refused() throws Exception {
        String other = api.newOrganisation("UTC");

        RunningApi.Answer answer = api.get("/v1/today?org_id=" + other, key);

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.json().get("code").asText()).isEqualTo("org_mismatch");
    }

    @ParameterizedTest
    @CsvSource({
        "org_id=, org_id must be a string of at least one character",
        "org_id, org_id must be a string of at least one character",
        "org_id=a&org_id=b, org_id must be given once",
        "org_id=%ff, org_id must be UTF-8",
        "user_id=%ff, user_id must be UTF-8",
        "user_id=, user_id must be a string of at least one character"
    })
    void a_parameter_without_a_value_is_named(String query, String detail) throws Exception {
        RunningApi.Answer answer = api.get("/v1/today?" + query, key);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("code").asText()).isEqualTo("invalid_parameter");
        assertThat(answer.json().get("detail").asText()).contains(detail);
    }

    @Test
    void a_key_without_the_scope_is_refused() throws Exception {
        RunningApi.Answer answer = api.get("/v1/today", api.key(org, Set.of("ingest")));

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().get("code").asText()).isEqualTo("scope_missing");
    }

    @Test
    void head_needs_the_key_that_get_needs() throws Exception {
        HttpResponse<Void> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + "/v1/today"))
                                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.discarding());

        assertThat(answer.statusCode()).isEqualTo(401);
    }

    @Test
    void without_a_valid_key_nothing_is_shown() throws Exception {
        ApiKey revoked = api.readKey(org);
        api.sql("UPDATE api_keys SET revoked_at = now() WHERE id = ?", revoked.id());
        ApiKey unknown = ApiKey.generate(new SecureRandom(), "test", KeyPeppers.parse(TestDatabase.PEPPER));

        for (RunningApi.Answer answer :
                List.of(api.get("/v1/today", null), api.get("/v1/today", revoked), api.get("/v1/today", unknown))) {
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.contentType()).startsWith("application/problem+json");
            assertThat(answer.json().get("code").asText()).isEqualTo("unauthorized");
            assertThat(answer.response().headers().firstValue("WWW-Authenticate"))
                    .contains("Bearer");
        }
    }

    @Test
    void a_key_of_one_person_does_not_show_a_colleague() throws Exception {
        new DailyRows(api, org).user("user-a").calls(1, "1").user("user-b").calls(2, "2");
        api.sql("UPDATE api_keys SET user_id = 'user-a' WHERE id = ?", key.id());

        assertThat(api.get("/v1/today?user_id=user-a", key)
                        .json()
                        .get("call_count")
                        .asLong())
                .isEqualTo(1);
        RunningApi.Answer colleague = api.get("/v1/today?user_id=user-b", key);
        assertThat(colleague.status()).isEqualTo(403);
        assertThat(colleague.json().get("code").asText()).isEqualTo("key_not_bound_to");
    }

    @Test
    void unknown_empty_and_repeated_parameters_are_refused() throws Exception {
        for (String query : List.of("userid=user-a", "user_id=", "user_id=a&user_id=b", "user_id=a%00b")) {
            RunningApi.Answer answer = api.get("/v1/today?" + query, key);

            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().get("code").asText()).isEqualTo("invalid_parameter");
            assertThat(answer.json().get("detail").asText())
                    .contains(query.startsWith("userid") ? "userid" : "user_id");
        }
    }

    @Test
    void a_connection_of_the_pool_carries_no_organisation_over() throws Exception {
        String other = api.newOrganisation("UTC");
        new DailyRows(api, other).calls(5, "1");
        ApiKey otherKey = api.readKey(other);
        List<Long> seen = new ArrayList<>();

        // More requests than connections, in turns, so that each connection serves both.
        for (int i = 0; i < 24; i++) {
            seen.add(api.get("/v1/today", i % 2 == 0 ? key : otherKey)
                    .json()
                    .get("call_count")
                    .asLong());
        }

        for (int i = 0; i < seen.size(); i++) {
            assertThat(seen.get(i)).isEqualTo(i % 2 == 0 ? 0L : 5L);
        }
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
