package io.ecomind.api.factors;

import static io.ecomind.api.factors.EstimateCalls.GPT_4O;
import static io.ecomind.api.factors.EstimateCalls.PATH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.service.auth.ApiKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class EstimateTest {
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
    void gpt_4o_has_the_published_figures() throws Exception {
        JsonNode answer = api.post(PATH, key, GPT_4O).json();

        assertThat(answer.get("org_id").asText()).isEqualTo(org);
        assertThat(answer.get("factor_set").asText()).isEqualTo(FactorSetFiles.SHIPPED);
        assertThat(answer.get("methodology").asText()).isEqualTo("ecomind-1");
        assertThat(answer.get("warnings")).isEmpty();
        JsonNode call = answer.get("calls").get(0);
        assertThat(call.get("match").asText()).isEqualTo("exact");
        assertThat(call.get("matched").asText()).isEqualTo("openai/gpt-4o");
        assertThat(call.get("basis").asText()).isEqualTo("parametric");
        assertThat(call.get("evidence_tier").asInt()).isEqualTo(3);
        assertThat(call.get("grid").toString())
                .isEqualTo("{\"match\":\"provider\",\"zone\":\"USA\",\"resolution\":\"year\"}");
        assertThat(call.get("input").get("ts").asText()).isEqualTo(now.toString());
        assertThat(call.get("input").get("modality").asText()).isEqualTo("text");
        assertThat(call.get("input").get("tokens_cache_read").isNull()).isTrue();

        // ecomind_1_examples.csv, the second row.
        step(call, "E_dec", 5.1804804807376416e-05, 9.170548910249985e-05, 0.00021217032134702513);
        step(call, "E_pre", 0.0003500063637520682, 0.0009333503033388486, 0.002100038182512409);
        step(call, "E", 0.00048217340227133356, 0.001230066950929618, 0.002774650204631321);
        step(call, "co2_operational", 0.00018534745583310063, 0.0004728377359373452, 0.00106657553866028);
        step(call, "co2_embodied", 2.3994157848324516e-06, 4.798831569664903e-06, 1.9195326278659613e-05);
        step(call, "water_on", 0.00022863055491032397, 0.0005832567458991272, 0.001315646638696018);
        step(call, "water_off", 0.0015102153132540439, 0.0038526926970066564, 0.00869048190592576);

        amount(call, "kwh", "kWh", "0.000482173402", "0.001230066951", "0.002774650205");
        amount(call, "water_onsite_l", "L", "0.000228631", "0.000583257", "0.001315647");
        amount(call, "water_offsite_l", "L", "0.001510215", "0.003852693", "0.008690482");
        amount(call, "water_l", "L", "0.001738846", "0.00443595", "0.010006129");
        amount(call, "co2_operational_kg", "kg CO2e", "0.000185347456", "0.000472837736", "0.001066575539");
        amount(call, "co2_embodied_kg", "kg CO2e", "0.000002399416", "0.000004798832", "0.000019195326");
        amount(call, "co2_kg", "kg CO2e", "0.000187746872", "0.000477636568", "0.001085770865");
        assertThat(call.at("/amounts/water_onsite_l/boundary").asText()).contains("on-site");
        assertThat(call.at("/amounts/water_offsite_l/boundary").asText()).contains("off-site");
        assertThat(call.at("/amounts/co2_market_kg").isNull()).isTrue();
        assertThat(call.get("unknown")).hasSize(1);
        assertThat(call.at("/unknown/0/quantity").asText()).isEqualTo("co2_market_kg");
        assertThat(call.at("/unknown/0/why").asText()).contains("no contract");

        assertThat(call.get("factors").findValuesAsText("kind"))
                .containsExactly("model", "data_centre", "grid", "water_offsite");
        call.get("factors").forEach(factor -> {
            assertThat(factor.get("source").asText()).isNotBlank();
            assertThat(factor.get("licence").asText()).isNotBlank();
            assertThat(factor.get("figures").asText()).isNotBlank();
        });
        assertThat(call.at("/factors/2/evidence_tier").isNull()).isTrue();
    }

    @Test
    void the_steps_can_be_redone_with_a_calculator() throws Exception {
        JsonNode call = api.post(PATH, key, GPT_4O).json().get("calls").get(0);

        for (String bound : List.of("low", "mid", "high")) {
            double act = shown(call, "P_act", bound);
            double batch = shown(call, "B", bound);
            double gpus = Math.pow(2, Math.ceil(log2(Math.ceil(1.2 * shown(call, "P_tot", bound) * 16 / 8 / 80))));
            double perToken =
                    1.1665273170451914e-06 * Math.exp(-0.011205921025579175 * batch) * act + 4.052928146734005e-05;
            double seconds = 50 * shown(call, "l_tok", bound) + shown(call, "TTFT", bound);
            double decode = gpus * 50 * perToken / 1000 + seconds / 3600 * 1.2 * (gpus / 8) / batch;
            double prefill = 10_000 * 2 * act * 1e9 * shown(call, "J_flop", bound) / 3.6e6;
            double energy = shown(call, "PUE", bound) * (decode + prefill);
            double onsite = (decode + prefill) * shown(call, "WUE_on", bound);
            double offsite = energy * shown(call, "WUE_off", bound);
            double operational = energy * shown(call, "I", bound);
            double embodied = seconds * (gpus / 8 * 5700 + gpus * 273) / (94608000 * batch);
            Map<String, Double> hand = new HashMap<>();
            hand.put("n", gpus);
            hand.put("f_E", perToken);
            hand.put("dT", seconds);
            hand.put("E_dec", decode);
            hand.put("E_pre", prefill);
            hand.put("E_IT", decode + prefill);
            hand.put("E", energy);
            hand.put("water_on", onsite);
            hand.put("water_off", offsite);
            hand.put("co2_operational", operational);
            hand.put("co2_embodied", embodied);

            hand.forEach((symbol, value) -> assertThat(shown(call, symbol, bound))
                    .as(symbol + " " + bound)
                    .isCloseTo(value, within(1e-9 * value)));
            assertThat(call.at("/amounts/kwh/" + bound).asDouble()).isCloseTo(energy, within(5.1e-13));
            assertThat(call.at("/amounts/co2_kg/" + bound).asDouble())
                    .isCloseTo(operational + embodied, within(1.1e-12));
            assertThat(call.at("/amounts/water_l/" + bound).asDouble()).isCloseTo(onsite + offsite, within(1.1e-9));
        }
        // Each formula uses numbers and symbols of earlier lines.
        assertThat(formula(call, "E_dec")).isEqualTo("n * T_dec * f_E / 1000 + dT / 3600 * 1.2 * (n / 8) / B");
        assertThat(formula(call, "E")).isEqualTo("PUE * E_IT");
    }

    @Test
    void the_same_rows_under_the_other_methodology() throws Exception {
        JsonNode query =
                api.post(PATH + "?methodology=ecologits-0.11.2", key, GPT_4O).json();
        JsonNode body = api.post(PATH, key, "{\"calls\":[" + GPT_4O + "],\"methodology\":\"ecologits-0.11.2\"}")
                .json();

        assertThat(query.get("factor_set").asText()).isEqualTo(FactorSetFiles.SHIPPED);
        assertThat(query.get("methodology").asText()).isEqualTo("ecologits-0.11.2");
        assertThat(body).isEqualTo(query);
        JsonNode call = query.get("calls").get(0);
        assertThat(call.get("methodology").asText()).isEqualTo("ecologits-0.11.2");
        assertThat(call.get("matched").asText()).isEqualTo("openai/gpt-4o");
        assertThat(call.get("steps").findValuesAsText("symbol")).doesNotContain("E_pre");
        assertThat(call.at("/amounts/kwh/mid").asDouble()).isLessThan(0.001230066951);
    }

    @Test
    void totals_are_exact_sums_that_count_what_is_unknown() throws Exception {
        JsonNode totals = api.post(
                        PATH,
                        key,
                        "[" + GPT_4O + "," + GPT_4O
                                + ",{\"provider\":\"nobody-knows\",\"model\":\"xyzzy\",\"tokens_in\":7,\"tokens_out\":1},"
                                + "{\"provider\":\"openai\",\"model\":\"text-embedding-3-small\",\"tokens_in\":5,"
                                + "\"modality\":\"embedding\"}]")
                .json()
                .get("totals");

        assertThat(totals.get("calls").asInt()).isEqualTo(4);
        assertThat(totals.get("covered_calls").asInt()).isEqualTo(3);
        assertThat(totals.get("uncovered_calls").asInt()).isEqualTo(1);
        assertThat(totals.get("tokens_in").asLong()).isEqualTo(20_012);
        assertThat(totals.get("tokens_out").asLong()).isEqualTo(101);
        assertThat(totals.at("/amounts/kwh/known_calls").asInt()).isEqualTo(3);
        assertThat(totals.at("/amounts/kwh/unknown_calls").asInt()).isEqualTo(1);
        assertThat(totals.at("/amounts/co2_embodied_kg/known_calls").asInt()).isEqualTo(2);
        assertThat(totals.at("/amounts/co2_embodied_kg/unknown_calls").asInt()).isEqualTo(2);
        assertThat(totals.at("/amounts/co2_embodied_kg/mid").decimalValue()).isEqualByComparingTo("0.000009597664");
        assertThat(totals.at("/amounts/co2_market_kg").isNull()).isTrue();
    }

    @Test
    void what_no_row_stands_for_has_no_amounts_but_a_reason() throws Exception {
        JsonNode call = api.post(PATH, key, "{\"provider\":\"nobody-knows\",\"model\":\"xyzzy\",\"tokens_out\":9}")
                .json()
                .get("calls")
                .get(0);

        assertThat(call.get("match").asText()).isEqualTo("none");
        assertThat(call.get("evidence_tier").asInt()).isZero();
        assertThat(call.get("amounts")).hasSize(8);
        call.get("amounts").forEach(amount -> assertThat(amount.isNull()).isTrue());
        assertThat(call.get("factors")).isEmpty();
        assertThat(call.get("steps")).isEmpty();
        assertThat(call.get("unknown")).hasSize(8);
        assertThat(call.get("unknown").findValuesAsText("why"))
                .containsOnly("no row of " + FactorSetFiles.SHIPPED + " stands for nobody-knows/xyzzy");
    }

    @Test
    void an_embedding_has_no_share_in_the_hardware() throws Exception {
        JsonNode call = api.post(
                        PATH,
                        key,
                        "{\"provider\":\"openai\",\"model\":\"text-embedding-3-small\",\"tokens_in\":1000,"
                                + "\"modality\":\"embedding\"}")
                .json()
                .get("calls")
                .get(0);

        assertThat(call.at("/amounts/co2_embodied_kg").isNull()).isTrue();
        assertThat(call.at("/amounts/kwh/mid").asDouble()).isPositive();
        assertThat(call.at("/amounts/co2_kg/mid").decimalValue())
                .isEqualTo(call.at("/amounts/co2_operational_kg/mid").decimalValue());
        assertThat(call.get("unknown").findValuesAsText("quantity")).contains("co2_embodied_kg");
        assertThat(call.get("unknown").get(0).get("why").asText()).contains("generates nothing");
        assertThat(call.get("steps").findValuesAsText("symbol")).doesNotContain("co2_embodied");
    }

    @Test
    void a_picture_is_not_rated_by_what_rates_text() throws Exception {
        JsonNode call = api.post(
                        PATH, key, "{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"modality\":\"image\",\"units\":1}")
                .json()
                .get("calls")
                .get(0);

        assertThat(call.at("/amounts/kwh").isNull()).isTrue();
        assertThat(call.at("/unknown/0/why").asText()).contains("openai/gpt-4o").contains("image");
    }

    @Test
    void region_cache_and_latency_are_used() throws Exception {
        JsonNode call = api.post(
                        PATH,
                        key,
                        "{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":1000,\"tokens_out\":100,"
                                + "\"tokens_cache_read\":400,\"tokens_cache_write\":100,\"tokens_reasoning\":60,"
                                + "\"latency_ms\":250,\"region\":\"DEU\",\"ts\":\"2026-02-01 12:00:00.5+01:00\"}")
                .json()
                .get("calls")
                .get(0);

        assertThat(call.at("/grid/match").asText()).isEqualTo("region");
        assertThat(call.at("/grid/zone").asText()).isEqualTo("DEU");
        assertThat(call.at("/input/ts").asText()).isEqualTo("2026-02-01T11:00:00.500Z");
        step(call, "dT", 0.25, 0.25, 0.25);
        step(call, "T_pre", 608, 620, 640);
        step(call, "I", 0.32965, 0.32965, 0.32965);
    }

    @Test
    void own_factors_rate_their_organisation_and_no_other() throws Exception {
        String other = api.newOrganisation("UTC");
        override("own-1", null);
        override("own-0", "now() + interval '150 seconds'");
        contract("green", "0.05", null);

        JsonNode own = api.post(PATH, key, GPT_4O).json().get("calls").get(0);
        JsonNode theirs =
                api.post(PATH, api.readKey(other), GPT_4O).json().get("calls").get(0);

        assertThat(own.get("match").asText()).isEqualTo("override");
        assertThat(own.get("factor_set").asText()).isEqualTo(FactorSetFiles.SHIPPED + "+own-1");
        assertThat(own.get("basis").asText()).isEqualTo("per_call");
        assertThat(own.get("evidence_tier").asInt()).isEqualTo(1);
        amount(own, "kwh", "kWh", "0.0022", "0.0022", "0.0022");
        amount(own, "water_l", "L", "0.0044", "0.0044", "0.0044");
        amount(own, "co2_kg", "kg CO2e", "0.00066", "0.00066", "0.00066");
        amount(own, "co2_market_kg", "kg CO2e", "0.00011", "0.00011", "0.00011");
        assertThat(own.get("factors").findValuesAsText("kind")).containsExactly("model", "contract");
        assertThat(own.get("unknown").findValuesAsText("quantity"))
                .containsExactly("water_onsite_l", "water_offsite_l", "co2_embodied_kg");
        assertThat(theirs.get("match").asText()).isEqualTo("exact");
        assertThat(theirs.at("/amounts/co2_market_kg").isNull()).isTrue();
    }

    @Test
    void retired_own_factors_rate_nothing_any_more() throws Exception {
        override("old", "now() + interval '150 seconds'");
        contract("old", "0.05", "now() + interval '150 seconds'");

        JsonNode call = api.post(PATH, key, GPT_4O).json().get("calls").get(0);

        assertThat(call.get("match").asText()).isEqualTo("exact");
        assertThat(call.at("/amounts/co2_market_kg").isNull()).isTrue();
    }

    @Test
    void own_parameters_go_through_the_methodology() throws Exception {
        api.sql(
                "INSERT INTO factors_overrides (id, org_id, provider, model, active_b_min, active_b_max, total_b_min,"
                        + " total_b_max, tps, ttft_s, source, active_from) VALUES ('mine', ?, 'openai', '*', 8, 8, 8,"
                        + " 8, 100, 0.5, 'a letter', now() + interval '90 seconds')",
                org);

        JsonNode call = api.post(PATH, key, GPT_4O).json().get("calls").get(0);

        assertThat(call.get("match").asText()).isEqualTo("override");
        assertThat(call.get("basis").asText()).isEqualTo("disclosed");
        step(call, "dT", 1, 1, 1);
        step(call, "P_act", 8, 8, 8);
    }

    @Test
    void another_set_rates_when_it_is_named() throws Exception {
        String id = StoredSets.newId();
        // Seen although the list was read before.
        assertThat(api.post(PATH + "?factor_set=" + id, key, GPT_4O).status()).isEqualTo(404);
        FactorSetFiles files = StoredSets.files(id);
        StoredSets.insert(
                files.with(
                        "grid.csv",
                        files.text("grid.csv").replace("USA,2025-01-01,year,384.4,", "USA,2025-01-01,year,400,")),
                Instant.parse("2091-01-01T00:00:00Z"));

        Instant deadline = Instant.now().plusSeconds(10);
        RunningApi.Answer answer;
        do {
            answer = api.post(PATH + "?factor_set=" + id, key, GPT_4O);
        } while (answer.status() == 404 && Instant.now().isBefore(deadline));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("factor_set").asText()).isEqualTo(id);
        step(answer.json().get("calls").get(0), "I", 0.4, 0.4, 0.4);
        JsonNode active = api.post(PATH, key, GPT_4O).json();
        assertThat(active.get("factor_set").asText()).isEqualTo(FactorSetFiles.SHIPPED);
        assertThat(api.post(PATH + "?factor_set=" + id, key, EstimateRequestTest.call("\"factor_set\":\"other\""))
                        .json()
                        .get("detail")
                        .asText())
                .contains("same in query and body");
    }

    @Test
    void a_set_that_is_not_what_its_hash_says_rates_nothing() throws Exception {
        String id = StoredSets.newId();
        StoredSets.insert(StoredSets.files(id), Instant.parse("2092-01-01T00:00:00Z"));
        api.sql("UPDATE factor_set_parts SET text = replace(text, '384.4', '38.44') WHERE factor_set = ?", id);

        try (var later = new RunningApi(Instant.parse("2092-06-01T00:00:00Z"))) {
            for (String query : List.of("", "?factor_set=" + id)) {
                RunningApi.Answer answer = later.post(PATH + query, key, GPT_4O);
                assertThat(answer.status()).as(query).isEqualTo(503);
                assertThat(answer.json().get("detail").asText()).contains(id).contains("hash");
                assertThat(answer.response().headers().firstValue("Retry-After"))
                        .contains("2");
            }
            // The others still answer.
            assertThat(later.post(PATH + "?factor_set=" + FactorSetFiles.SHIPPED, key, GPT_4O)
                            .status())
                    .isEqualTo(200);

            api.sql("DELETE FROM factor_set_parts WHERE factor_set = ? AND number = 2", id);
            assertThat(later.post(PATH, key, GPT_4O).json().get("detail").asText())
                    .contains("part 2 of")
                    .contains("missing");
        }
    }

    private void override(String id, @Nullable String retiredAt) throws Exception {
        api.sql(
                "INSERT INTO factors_overrides (id, org_id, provider, model, kwh_per_call, pue, water_l_per_kwh,"
                        + " co2_kg_per_kwh, source, active_from, retired_at) VALUES (?, ?, 'OpenAI', 'gpt-4o', 0.002,"
                        + " 1.1, 2, 0.3, 'a meter', now() + interval '90 seconds', " + retiredAt + ")",
                id,
                org);
    }

    private void contract(String id, String kgPerKwh, @Nullable String retiredAt) throws Exception {
        api.sql(
                "INSERT INTO power_contracts (id, org_id, provider, kg_per_kwh, source, active_from, retired_at)"
                        + " VALUES (?, ?, 'openai', " + kgPerKwh + ", 'a contract', now() + interval '90 seconds', "
                        + retiredAt + ")",
                id,
                org);
    }

    private static void amount(JsonNode call, String name, String unit, String low, String mid, String high) {
        JsonNode amount = call.get("amounts").get(name);
        assertThat(amount.get("unit").asText()).isEqualTo(unit);
        assertThat(amount.get("low").decimalValue()).as(name).isEqualByComparingTo(low);
        assertThat(amount.get("mid").decimalValue()).as(name).isEqualByComparingTo(mid);
        assertThat(amount.get("high").decimalValue()).as(name).isEqualByComparingTo(high);
    }

    private static void step(JsonNode call, String symbol, double low, double mid, double high) {
        JsonNode step = find(call, symbol);
        assertThat(step.get("low").asDouble()).as(symbol).isCloseTo(low, within(1e-9 * low));
        assertThat(step.get("mid").asDouble()).as(symbol).isCloseTo(mid, within(1e-9 * mid));
        assertThat(step.get("high").asDouble()).as(symbol).isCloseTo(high, within(1e-9 * high));
    }

    private static double shown(JsonNode call, String symbol, String bound) {
        return find(call, symbol).get(bound).asDouble();
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }

    private static String formula(JsonNode call, String symbol) {
        return find(call, symbol).get("formula").asText();
    }

    private static JsonNode find(JsonNode call, String symbol) {
        for (JsonNode step : call.get("steps")) {
            if (step.get("symbol").asText().equals(symbol)) {
                return step;
            }
        }
        throw new AssertionError("no step " + symbol);
    }
}
