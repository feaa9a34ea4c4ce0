package io.ecomind.api.factors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.service.auth.ApiKey;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class CoverageRoutesTest {
    private static final Instant NOW = Instant.parse("2026-03-15T10:00:00Z");
    private static final String PATH = "/v1/coverage?from=2026-03-01&to=2026-03-10";

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
    void organisation() throws Exception {
        org = api.newOrganisation("Europe/Berlin");
        key = api.readKey(org);
    }

    @Test
    void the_largest_gap_comes_first_with_what_a_newer_set_repairs() throws Exception {
        // Calls, of these uncovered, tokens in and out of all, of the uncovered.
        day(org, "2026-03-02", "nobody-knows", "xyzzy", 10, 10, 100, 20, 100, 20);
        day(org, "2026-03-05", "nobody-knows", "xyzzy", 5, 5, 50, 10, 50, 10);
        day(org, "2026-03-03", "openai", "gpt-4o", 7, 2, 7_000, 700, 2_000, 200);
        day(org, "2026-03-04", "openai", "gpt-4o", 3, 0, 3_000, 300, 0, 0);
        day(org, "2026-03-04", "cohere", "c4ai-aya-expanse-8b", 1, 0, 11, 12, 0, 0);
        day(org, "2026-03-11", "nobody-knows", "later", 9, 9, 900, 900, 900, 900);

        JsonNode answer = api.get(PATH, key).json();

        assertThat(answer.at("/totals/covered").toString())
                .isEqualTo("{\"calls\":9,\"tokens_in\":8011,\"tokens_out\":812}");
        assertThat(answer.at("/totals/uncovered").toString())
                .isEqualTo("{\"calls\":17,\"tokens_in\":2150,\"tokens_out\":230}");
        assertThat(answer.get("uncovered_pairs").asInt()).isEqualTo(2);
        assertThat(answer.get("rows")).hasSize(2);
        assertThat(answer.at("/rows/0").toString())
                .isEqualTo("{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"calls\":2,\"tokens_in\":2000,"
                        + "\"tokens_out\":200,\"first_date\":\"2026-03-03\",\"last_date\":\"2026-03-03\","
                        + "\"today\":{\"factor_set\":\"" + FactorSetFiles.SHIPPED
                        + "\",\"covered\":true,\"match\":\"exact\",\"matched\":\"openai/gpt-4o\",\"why\":null}}");
        JsonNode unknown = answer.at("/rows/1");
        assertThat(unknown.get("calls").asInt()).isEqualTo(15);
        assertThat(unknown.get("tokens_in").asInt()).isEqualTo(150);
        assertThat(unknown.get("tokens_out").asInt()).isEqualTo(30);
        assertThat(unknown.get("first_date").asText()).isEqualTo("2026-03-02");
        assertThat(unknown.get("last_date").asText()).isEqualTo("2026-03-05");
        assertThat(unknown.at("/today/covered").asBoolean()).isFalse();
        assertThat(unknown.at("/today/match").asText()).isEqualTo("none");
        assertThat(unknown.at("/today/why").asText()).contains("nobody-knows/xyzzy");

        JsonNode first = api.get(PATH + "&limit=1", key).json();
        assertThat(first.get("rows").findValuesAsText("model")).containsExactly("gpt-4o");
        assertThat(first.get("uncovered_pairs").asInt()).isEqualTo(2);
    }

    @Test
    void calls_without_tokens_are_ordered_by_their_number() throws Exception {
        day(org, "2026-03-02", "nobody-knows", "a", 1, 1, 0, 0, 0, 0);
        day(org, "2026-03-02", "nobody-knows", "b", 2, 2, 0, 0, 0, 0);

        assertThat(api.get(PATH, key).json().get("rows").findValuesAsText("model"))
                .containsExactly("b", "a");
    }

    @Test
    void an_answer_is_provisional_until_its_days_are_sealed() throws Exception {
        day(org, "2026-03-02", "openai", "gpt-4o", 1, 0, 1, 1, 0, 0);
        assertThat(api.get(PATH, key).json().get("provisional").asBoolean()).isTrue();
        api.sql(
                "INSERT INTO day_states (org_id, date, day_end, state) VALUES (?, DATE '2026-03-02', now(), 'sealed')",
                org);

        JsonNode sealed = api.get(PATH, key).json();
        assertThat(sealed.get("provisional").asBoolean()).isFalse();
        assertThat(sealed.has("complete_through")).isTrue();
        JsonNode byDefault = api.get("/v1/coverage", key).json();
        assertThat(byDefault.get("from").asText()).isEqualTo("2026-02-14");
        assertThat(byDefault.get("to").asText()).isEqualTo("2026-03-15");
        assertThat(byDefault.get("provisional").asBoolean()).isTrue();
    }

    @Test
    void another_organisations_calls_are_not_in_it() throws Exception {
        day(api.newOrganisation("UTC"), "2026-03-02", "nobody-knows", "xyzzy", 10, 10, 100, 20, 100, 20);

        JsonNode answer = api.get(PATH, key).json();

        assertThat(answer.get("rows")).isEmpty();
        assertThat(answer.at("/totals/uncovered/calls").asInt()).isZero();
        assertThat(answer.at("/totals/covered/calls").asInt()).isZero();
    }

    @Test
    void bad_parameters_keys_and_scopes_are_refused() throws Exception {
        for (String wrong : List.of("&limit=0", "&limit=1001", "&planet=earth", "&from=2026-03-05")) {
            assertThat(api.get(PATH + wrong, key).status()).as(wrong).isEqualTo(400);
        }
        assertThat(api.get("/v1/coverage?from=2025-01-01&to=2026-03-01", key).status())
                .isEqualTo(400);
        assertThat(api.get(PATH, null).status()).isEqualTo(401);
        assertThat(api.get(PATH, api.key(org, Set.of("ingest"))).status()).isEqualTo(403);
        assertThat(api.get(PATH + "&org_id=someone-else", key).status()).isEqualTo(403);
    }

    private static void day(String orgId, String date, String provider, String model, long... counts) throws Exception {
        api.sql(
                "INSERT INTO daily_model_agg (date, org_id, provider, model, call_count, uncovered_count, tokens_in,"
                        + " tokens_out, uncovered_tokens_in, uncovered_tokens_out)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                LocalDate.parse(date),
                orgId,
                provider,
                model,
                counts[0],
                counts[1],
                counts[2],
                counts[3],
                counts[4],
                counts[5]);
    }
}
