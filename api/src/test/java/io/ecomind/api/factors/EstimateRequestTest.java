package io.ecomind.api.factors;

import static io.ecomind.api.factors.EstimateCalls.GPT_4O;
import static io.ecomind.api.factors.EstimateCalls.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.api.tenant.QueryLimits;
import io.ecomind.contracts.Limits;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.http.HttpLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a request for an estimate may look like, and how others are rejected. */
@Tag("integration")
class EstimateRequestTest {
    private static Instant now;

    private static RunningApi api;

    private String org;
    private ApiKey key;

    @BeforeAll
    static void start() {
        now = EstimateCalls.inAnHour();
        api = new RunningApi(now);
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
    void one_call_an_array_and_calls_are_three_forms_of_one_request() throws Exception {
        JsonNode one = api.post(PATH, key, GPT_4O).json();

        assertThat(api.post(PATH, key, "[" + GPT_4O + "]").json()).isEqualTo(one);
        assertThat(api.post(PATH, key, "{\"calls\":[" + GPT_4O + "]}").json()).isEqualTo(one);
    }

    @Test
    void a_body_may_come_as_gzip() throws Exception {
        RunningApi.Answer answer = api.post(PATH, key, gzip(GPT_4O.getBytes(StandardCharsets.UTF_8)), "gzip");

        assertThat(answer.json()).isEqualTo(api.post(PATH, key, GPT_4O).json());
        assertThat(answer.response().body()).endsWith("}\n");
    }

    @Test
    void gzip_that_is_not_intact_and_other_encodings_are_rejected() throws Exception {
        byte[] plain = GPT_4O.getBytes(StandardCharsets.UTF_8);
        byte[] whole = gzip(plain);

        for (byte[] broken : List.of(plain, Arrays.copyOf(whole, whole.length / 2))) {
            RunningApi.Answer answer = api.post(PATH, key, broken, "gzip");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("code").asText()).isEqualTo("invalid_gzip");
        }
        assertThat(api.post(PATH, key, plain, "br").status()).isEqualTo(415);
        byte[] bomb = gzip(new byte[Limits.MAX_BODY_BYTES + 1]);
        assertThat(api.post(PATH, key, bomb, "gzip").status()).isEqualTo(413);
    }

    @Test
    void what_is_inflated_counts_as_memory_of_its_sender() throws Exception {
        byte[] zipped = gzip((GPT_4O + " ".repeat(200_000)).getBytes(StandardCharsets.UTF_8));
        try (var small =
                new RunningApi(now, QueryLimits.DEFAULT, HttpLimits.DEFAULT.withBufferedBytes(1 << 20, 100_000))) {
            RunningApi.Answer refused = small.post(PATH, key, zipped, "gzip");

            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.json().get("code").asText()).isEqualTo("rate_limited");
            assertThat(small.post(PATH, key, GPT_4O).status()).isEqualTo(200);
        }
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    @Test
    void every_invalid_call_is_named_with_field_and_limit() throws Exception {
        Map<String, List<String>> wrong = new HashMap<>();
        wrong.put("{\"model\":\"gpt-4o\"}", List.of("provider", "field_missing", "must not be empty"));
        wrong.put("{\"provider\":\" \"}", List.of("provider", "field_missing", "must not be empty"));
        wrong.put("{\"provider\":7}", List.of("provider", "field_invalid", "a string"));
        wrong.put(call("\"provider\":\"" + "p".repeat(65) + "\""), List.of("provider", "field_too_long", "64"));
        wrong.put(call("\"model\":\"" + "m".repeat(257) + "\""), List.of("model", "field_too_long", "256"));
        wrong.put(call("\"model\":\"a\\u0000b\""), List.of("model", "field_invalid", "control character U+0000"));
        wrong.put(call("\"region\":\"" + "r".repeat(65) + "\""), List.of("region", "field_too_long", "64"));
        wrong.put(call("\"modality\":\"smell\""), List.of("modality", "field_invalid", "embedding"));
        wrong.put(call("\"tokens_in\":-1"), List.of("tokens_in", "field_out_of_range", "0..1000000000"));
        wrong.put(call("\"tokens_in\":1.5"), List.of("tokens_in", "field_invalid", "integer"));
        wrong.put(call("\"tokens_in\":\"12\""), List.of("tokens_in", "field_invalid", "integer"));
        wrong.put(call("\"tokens_out\":1000000001"), List.of("tokens_out", "field_out_of_range", "1000000001"));
        wrong.put(call("\"tokens_out\":99999999999999999999"), List.of("tokens_out", "field_out_of_range", "0.."));
        wrong.put(call("\"latency_ms\":86400001"), List.of("latency_ms", "field_out_of_range", "86400000"));
        wrong.put(call("\"units\":-2"), List.of("units", "field_out_of_range", "-2"));
        wrong.put(
                call("\"tokens_in\":5,\"tokens_cache_read\":4,\"tokens_cache_write\":2"),
                List.of("tokens_cache_read", "field_out_of_range", "at most tokens_in (5)"));
        wrong.put(
                call("\"tokens_in\":5,\"tokens_cache_write\":6"),
                List.of("tokens_cache_write", "field_out_of_range", "was 6"));
        wrong.put(
                call("\"tokens_out\":5,\"tokens_reasoning\":6"),
                List.of("tokens_reasoning", "field_out_of_range", "at most tokens_out (5)"));
        wrong.put(call("\"ts\":\"yesterday\""), List.of("ts", "ts_invalid", "RFC 3339"));
        wrong.put(call("\"ts\":\"2026-02-30T00:00:00Z\""), List.of("ts", "ts_invalid", "must be a date"));
        wrong.put(call("\"ts\":\"2026-02-03T00:00:00\""), List.of("ts", "ts_invalid", "must end with its zone"));
        wrong.put(call("\"ts\":5"), List.of("ts", "ts_invalid", "RFC 3339"));
        wrong.put(call("\"ts\":\"" + now.plusSeconds(901) + "\""), List.of("ts", "ts_too_far_ahead", "15 minutes"));
        wrong.put(call("\"ts\":\"" + now.minus(Duration.ofDays(401)) + "\""), List.of("ts", "ts_too_old", "400 days"));
        wrong.put("17", List.of("", "not_an_object", "17"));

        List<String> calls = new ArrayList<>(List.of(GPT_4O));
        calls.addAll(wrong.keySet());
        RunningApi.Answer answer = api.post(PATH, key, "[" + String.join(",", calls) + "]");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.json().get("detail").asText()).startsWith(wrong.size() + " calls are invalid");
        assertThat(answer.json().get("errors")).hasSize(wrong.size());
        answer.json().get("errors").forEach(error -> {
            String sent = calls.get(error.get("index").asInt());
            List<String> expected = wrong.getOrDefault(sent, List.of());
            assertThat(expected).as(sent).isNotEmpty();
            assertThat(error.get("field").asText()).as(sent).isEqualTo(expected.get(0));
            assertThat(error.get("code").asText()).as(sent).isEqualTo(expected.get(1));
            assertThat(error.get("message").asText()).as(sent).contains(expected.get(2));
        });
    }

    @Test
    void limits_themselves_are_accepted() throws Exception {
        String widest = call("\"model\":\"" + "m".repeat(256) + "\",\"tokens_in\":1000000000,"
                + "\"tokens_out\":1000000000,\"latency_ms\":86400000,\"units\":1000000000,\"modality\":\"\","
                + "\"region\":\"unknown\",\"ts\":\"" + now.plusSeconds(900) + "\"");

        RunningApi.Answer answer = api.post(PATH, key, widest);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().at("/calls/0/input/region").asText()).isEmpty();
        assertThat(answer.json().at("/calls/0/input/modality").asText()).isEqualTo("text");
    }

    @Test
    void a_body_that_cannot_be_read_is_refused_as_a_whole() throws Exception {
        Map<String, String> wrong = Map.ofEntries(
                Map.entry("", "empty_body"),
                Map.entry("[]", "empty_body"),
                Map.entry("{\"calls\":[]}", "empty_body"),
                Map.entry("{\"calls\":7}", "field_invalid"),
                Map.entry("7", "not_an_object"),
                Map.entry("{\"provider\":", "invalid_json"),
                Map.entry("{\"a\":1", "invalid_json"),
                Map.entry("{\"a\":1]", "invalid_json"),
                Map.entry("{\"provider\":\"a\"} {}", "invalid_json"),
                Map.entry("{\"provider\":\"a\",\"provider\":\"b\"}", "invalid_json"),
                Map.entry("[".repeat(40) + "]".repeat(40), "nesting_too_deep"));
        for (var body : wrong.entrySet()) {
            RunningApi.Answer answer = api.post(PATH, key, body.getKey());
            assertThat(answer.json().get("code").asText()).as(body.getKey()).isEqualTo(body.getValue());
            assertThat(answer.json().get("detail").asText()).isNotEmpty().doesNotContain("REDACTED");
            assertThat(answer.status()).isEqualTo(400);
        }
        RunningApi.Answer large = api.post(PATH, key, " ".repeat(5 * 1024 * 1024 + 1));
        assertThat(large.status()).isEqualTo(413);
        assertThat(large.json().get("detail").asText()).contains("5242880");
    }

    @Test
    void a_thousand_calls_pass_and_one_more_is_refused() throws Exception {
        String call = call("\"tokens_out\":1");
        String thousand = String.join(",", Collections.nCopies(1_000, call));

        RunningApi.Answer passed = api.post(PATH, key, "[" + thousand + "]");
        RunningApi.Answer refused = api.post(PATH, key, "{\"calls\":[" + thousand + "," + call + "]}");

        assertThat(passed.status()).isEqualTo(200);
        assertThat(passed.json().get("calls")).hasSize(1_000);
        BigDecimal one = passed.json().at("/calls/0/amounts/kwh/mid").decimalValue();
        assertThat(passed.json().at("/totals/amounts/kwh/mid").decimalValue())
                .isEqualByComparingTo(one.multiply(BigDecimal.valueOf(1_000)));
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.json().get("code").asText()).isEqualTo("too_many_items");
        assertThat(refused.json().get("detail").asText()).contains("1000");
    }

    @Test
    void unknown_fields_are_named_once() throws Exception {
        JsonNode warnings = api.post(
                        PATH,
                        key,
                        "{\"calls\":[" + call("\"token_in\":5") + "," + call("\"token_in\":5") + "],\"set\":\"x\"}")
                .json()
                .get("warnings");

        assertThat(warnings).hasSize(2);
        assertThat(warnings.toString()).contains("token_in").contains("set").contains("unknown");
        assertThat(api.post(PATH, key, call("\"factor_set\":\"" + FactorSetFiles.SHIPPED + "\""))
                        .json()
                        .get("warnings"))
                .isEmpty();
    }

    @Test
    void unknown_sets_and_methodologies_are_refused() throws Exception {
        RunningApi.Answer set = api.post(PATH + "?factor_set=nothing", key, GPT_4O);
        RunningApi.Answer methodology = api.post(PATH + "?methodology=guess", key, GPT_4O);

        assertThat(set.status()).isEqualTo(404);
        assertThat(set.json().get("detail").asText()).contains("nothing");
        assertThat(methodology.status()).isEqualTo(400);
        assertThat(methodology.json().get("detail").asText()).contains("guess").contains("ecomind-1");
        assertThat(api.post(PATH + "?factorset=x", key, GPT_4O)
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("invalid_parameter");
        assertThat(api.post(PATH, key, call("\"factor_set\":7"))
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("invalid_parameter");
    }

    @Test
    void wrong_key_scope_and_organisation_are_refused() throws Exception {
        assertThat(api.post(PATH, null, GPT_4O).status()).isEqualTo(401);
        assertThat(api.post(PATH, api.key(org, Set.of("ingest")), GPT_4O).status())
                .isEqualTo(403);
        assertThat(api.post(PATH + "?org_id=someone-else", key, GPT_4O)
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("org_mismatch");
        assertThat(api.get(PATH, key).status()).isEqualTo(405);
    }

    static String call(String fields) {
        return fields.contains("\"provider\"")
                ? "{" + fields + "}"
                : "{\"provider\":\"openai\"," + (fields.contains("\"model\"") ? "" : "\"model\":\"gpt-4o\",") + fields
                        + "}";
    }
}
