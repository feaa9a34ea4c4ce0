package io.ecomind.api.factors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.service.auth.ApiKey;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class FactorSetRoutesTest {
    private static final String SHIPPED = FactorSetFiles.SHIPPED;
    private static final String PATH = "/v1/factors/" + SHIPPED;

    private static Instant now;
    private static RunningApi api;

    /** The shipped set with three other rows. */
    private static String changedId;

    private String org;
    private ApiKey key;

    @BeforeAll
    static void start() throws Exception {
        now = Instant.now();
        changedId = StoredSets.newId();
        FactorSetFiles files = StoredSets.files(changedId);
        StoredSets.insert(
                files.with(
                                "models.csv",
                                files.text("models.csv")
                                        .replace(
                                                "c4ai-aya-expanse-8b,parametric,8.03,8.03,8.03,8.03,",
                                                "c4ai-aya-expanse-8b,parametric,16.06,16.06,16.06,16.06,"))
                        .with(
                                "grid.csv",
                                files.text("grid.csv")
                                        .replace("DEU,2025-01-01,year,329.65,", "DEU,2025-01-01,year,263.72,"))
                        .with(
                                "aliases.csv",
                                files.text("aliases.csv") + "*,aya-8,cohere,c4ai-aya-expanse-8b,a test,public\n"),
                Instant.parse("2090-01-01T00:00:00Z"));
        api = new RunningApi(now);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void organisation() throws Exception {
        org = api.newOrganisation("UTC");
        key = api.readKey(org);
    }

    @Test
    void all_sets_are_listed_with_what_is_active() throws Exception {
        JsonNode shipped = set(SHIPPED);
        JsonNode changed = set(changedId);

        assertThat(shipped.get("methodology").asText()).isEqualTo("ecomind-1");
        assertThat(shipped.get("replaces").isNull()).isTrue();
        assertThat(shipped.get("active_from").isNull()).isTrue();
        assertThat(shipped.get("active").asBoolean()).isTrue();
        assertThat(shipped.get("sha256").asText())
                .isEqualTo(FactorSetFiles.shipped().sha256());
        assertThat(shipped.get("problem").isNull()).isTrue();
        for (String table : List.of("models", "grid", "aliases", "regions", "water", "providers", "classes")) {
            assertThat(shipped.get("rows").get(table).asLong()).as(table).isEqualTo(lines(table));
        }
        assertThat(changed.get("replaces").asText()).isEqualTo(SHIPPED);
        assertThat(changed.get("active").asBoolean()).isFalse();
        assertThat(changed.get("active_from").asText()).isEqualTo("2090-01-01T00:00:00Z");
        assertThat(changed.get("reason").asText()).isEqualTo("Other figures for a test.");
    }

    @Test
    void a_set_that_cannot_be_read_is_listed_with_its_problem() throws Exception {
        String id = StoredSets.newId();
        StoredSets.insert(StoredSets.files(id), Instant.parse("2089-01-01T00:00:00Z"));
        api.sql("UPDATE factor_set_parts SET text = text || ' ' WHERE factor_set = ? AND file = 'water.csv'", id);

        try (var fresh = new RunningApi(now)) {
            JsonNode sets = fresh.get("/v1/factors", key).json().get("sets");
            for (JsonNode set : sets) {
                if (set.get("id").asText().equals(id)) {
                    assertThat(set.get("problem").asText()).contains("hash");
                    assertThat(set.get("rows").isNull()).isTrue();
                }
            }
            assertThat(sets.findValuesAsText("id")).contains(id, SHIPPED);
            assertThat(fresh.get("/v1/factors/" + id, key).status()).isEqualTo(503);
            assertThat(fresh.get("/v1/factors/" + id + "/diff", key).status()).isEqualTo(503);
        }
    }

    @Test
    void rows_have_figures_source_and_licence() throws Exception {
        JsonNode answer = api.get(PATH + "?table=models&provider=OpenAI&model=gpt_4o", key)
                .json();

        assertThat(answer.get("found").asInt()).isEqualTo(1);
        assertThat(answer.get("next_offset").isNull()).isTrue();
        assertThat(answer.at("/set/id").asText()).isEqualTo(SHIPPED);
        JsonNode row = answer.get("rows").get(0);
        assertThat(row.get("table").asText()).isEqualTo("models");
        assertThat(row.get("model").asText()).isEqualTo("gpt-4o");
        assertThat(row.get("basis").asText()).isEqualTo("parametric");
        assertThat(row.get("active_b_min").isNumber()).isTrue();
        assertThat(row.get("valid_from").isNull()).isTrue();
        assertThat(row.get("source").asText()).contains("EcoLogits");
        assertThat(row.get("licence").asText()).isEqualTo("MPL-2.0");

        JsonNode germany = api.get(PATH + "?zone=DEU", key).json().get("rows");
        List<String> tables = germany.findValuesAsText("table");
        assertThat(tables).contains("grid", "water", "regions").doesNotContain("models");
        assertThat(germany.findValuesAsText("gco2e_per_kwh")).contains("329.65", "380.95");
    }

    @Test
    void pages_put_together_are_all_rows_of_the_files() throws Exception {
        List<String> rows = new ArrayList<>();
        JsonNode page;
        String offset = "0";
        do {
            page = api.get(PATH + "?limit=1000&offset=" + offset, key).json();
            page.get("rows").forEach(row -> rows.add(row.toString()));
            offset = page.get("next_offset").asText();
        } while (!page.get("next_offset").isNull());

        assertThat(rows).doesNotHaveDuplicates();
        assertThat((long) rows.size())
                .isEqualTo(page.get("found").asLong())
                .isEqualTo(FactorSetFiles.NAMES.stream()
                        .filter(name -> !name.equals("set.csv"))
                        .mapToLong(name -> lines(name.replace(".csv", "")))
                        .sum());
        assertThat(api.get(PATH, key).json().get("rows")).hasSize(100);
    }

    @Test
    void csv_is_the_stored_file() throws Exception {
        RunningApi.Answer byFormat = api.get(PATH + "?table=grid&format=csv", key);
        RunningApi.Answer byHeader = api.get(PATH + "?table=grid", key, "text/csv");

        assertThat(byFormat.response().body())
                .isEqualTo(FactorSetFiles.shipped().text("grid.csv"));
        assertThat(byHeader.response().body()).isEqualTo(byFormat.response().body());
        assertThat(byFormat.contentType()).startsWith("text/csv; charset=utf-8");
        assertThat(byFormat.response().headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"" + SHIPPED + "-grid.csv\"");
        assertThat(api.get(PATH + "?table=grid&format=json", key, "text/csv").contentType())
                .startsWith("application/json");
    }

    @Test
    void bad_parameters_are_refused() throws Exception {
        Map<String, String> wrong = Map.of(
                PATH + "?format=csv", "table",
                PATH + "?format=csv&table=grid&zone=DEU", "zone",
                PATH + "?format=xml", "csv or json",
                PATH + "?table=figures", "provider_aliases",
                PATH + "?limit=1001", "1..1000",
                PATH + "?offset=-1", "offset",
                PATH + "?planet=earth", "unknown parameter",
                PATH + "/diff", "replaces none",
                "/v1/factors/diff?from=" + SHIPPED, "to must be",
                "/v1/factors/diff?to=" + SHIPPED, "from must be");
        for (var query : wrong.entrySet()) {
            RunningApi.Answer answer = api.get(query.getKey(), key);
            assertThat(answer.status()).as(query.getKey()).isEqualTo(400);
            assertThat(answer.json().get("detail").asText()).as(query.getKey()).contains(query.getValue());
        }
        assertThat(api.get("/v1/factors/nothing", key).status()).isEqualTo(404);
        assertThat(api.get("/v1/factors/nothing/diff", key).status()).isEqualTo(404);
        assertThat(api.get("/v1/factors/diff?from=nothing&to=" + SHIPPED, key).status())
                .isEqualTo(404);
    }

    @Test
    void a_diff_shows_what_moves_and_by_how_much() throws Exception {
        JsonNode diff = api.get("/v1/factors/" + changedId + "/diff", key).json();

        assertThat(diff.get("from").asText()).isEqualTo(SHIPPED);
        assertThat(diff.get("to").asText()).isEqualTo(changedId);
        assertThat(diff.get("counts").toString()).isEqualTo("{\"models\":1,\"grid\":1,\"rows\":2}");
        JsonNode model = diff.at("/models/0");
        assertThat(model.get("model").asText()).isEqualTo("c4ai-aya-expanse-8b");
        // By hand: twice the parameters, one GPU, 1,000 tokens in and 300 out at 21.8 tokens/s after 0.61 s.
        assertThat(model.at("/before/kwh").decimalValue()).isEqualByComparingTo("0.000034230086");
        assertThat(model.at("/before/water_l").decimalValue()).isEqualByComparingTo("0.000138584");
        assertThat(model.at("/before/co2_kg").decimalValue()).isEqualByComparingTo("0.000015497151");
        assertThat(model.at("/after/kwh").decimalValue()).isEqualByComparingTo("0.000045008594");
        assertThat(model.at("/after/water_l").decimalValue()).isEqualByComparingTo("0.000182222");
        assertThat(model.at("/after/co2_kg").decimalValue()).isEqualByComparingTo("0.000019640409");
        assertThat(model.at("/change_percent/kwh").decimalValue()).isEqualByComparingTo("31.488405");
        assertThat(model.at("/change_percent/water_l").decimalValue()).isEqualByComparingTo("31.488484");
        assertThat(model.at("/change_percent/co2_kg").decimalValue()).isEqualByComparingTo("26.735611");
        JsonNode grid = diff.at("/grid/0");
        assertThat(grid.toString())
                .isEqualTo("{\"zone\":\"DEU\",\"start\":\"2025-01-01T00:00:00Z\",\"resolution\":\"year\","
                        + "\"before\":329.65,\"after\":263.72,\"change_percent\":-20}");
        assertThat(diff.at("/rows/0/table").asText()).isEqualTo("models");
        assertThat(diff.at("/rows/0/change").asText()).isEqualTo("changed");
        assertThat(diff.at("/rows/0/columns").toString())
                .isEqualTo("[\"active_b_min\",\"active_b_max\",\"total_b_min\",\"total_b_max\"]");
        assertThat(diff.at("/rows/0/before/total_b_max").decimalValue()).isEqualByComparingTo("8.03");
        assertThat(diff.at("/rows/0/after/total_b_max").decimalValue()).isEqualByComparingTo("16.06");
        assertThat(diff.at("/rows/1/change").asText()).isEqualTo("added");
        assertThat(diff.at("/rows/1/before").isNull()).isTrue();
        assertThat(diff.at("/rows/1/after/alias").asText()).isEqualTo("aya-8");

        assertThat(api.get("/v1/factors/diff?from=" + SHIPPED + "&to=" + changedId, key)
                        .json())
                .isEqualTo(diff);
        JsonNode back = api.get(PATH + "/diff?from=" + changedId, key).json();
        assertThat(back.at("/rows/1/change").asText()).isEqualTo("removed");
        assertThat(back.at("/grid/0/change_percent").decimalValue()).isEqualByComparingTo("25");
        assertThat(api.get(PATH + "/diff?from=" + SHIPPED, key)
                        .json()
                        .get("counts")
                        .toString())
                .isEqualTo("{\"models\":0,\"grid\":0,\"rows\":0}");
    }

    @Test
    void a_diff_shows_what_it_does_to_the_organisation() throws Exception {
        calls(org, 1, "cohere", "c4ai-aya-expanse-8b", 10, 10_000, 3_000);
        calls(org, 2, "nobody-knows", "xyzzy", 4, 40, 4);
        calls(org, 31, "cohere", "c4ai-aya-expanse-8b", 99, 99, 99);
        calls(api.newOrganisation("UTC"), 1, "cohere", "c4ai-aya-expanse-8b", 1_000, 10, 10);

        JsonNode own = api.get("/v1/factors/" + changedId + "/diff", key).json().get("organisation");

        assertThat(own.get("approximation").asText()).contains("average call");
        assertThat(own.get("calls").asLong()).isEqualTo(14);
        assertThat(own.get("compared_calls").asLong()).isEqualTo(14);
        assertThat(own.at("/before/uncovered_calls").asLong()).isEqualTo(4);
        assertThat(own.at("/before/kwh").decimalValue()).isEqualByComparingTo("0.00034230086");
        assertThat(own.at("/after/kwh").decimalValue()).isEqualByComparingTo("0.00045008594");
        assertThat(own.at("/after/water_l").decimalValue()).isEqualByComparingTo("0.00182222");
        assertThat(own.at("/after/co2_kg").decimalValue()).isEqualByComparingTo("0.00019640409");
        assertThat(own.at("/change_percent/kwh").decimalValue()).isEqualByComparingTo("31.488405");
    }

    @Test
    void without_calls_nothing_moves_for_the_organisation() throws Exception {
        JsonNode own = api.get("/v1/factors/" + changedId + "/diff", key).json().get("organisation");

        assertThat(own.get("calls").asLong()).isZero();
        assertThat(own.at("/before/kwh").decimalValue()).isEqualByComparingTo("0");
        assertThat(own.at("/change_percent/kwh").isNull()).isTrue();
    }

    @Test
    void wrong_key_scope_and_organisation_are_refused() throws Exception {
        ApiKey ingest = api.key(org, Set.of("ingest"));
        for (String path : List.of(
                "/v1/factors",
                PATH,
                PATH + "?table=grid&format=csv",
                PATH + "/diff?from=" + SHIPPED,
                "/v1/factors/diff?from=" + SHIPPED + "&to=" + SHIPPED)) {
            assertThat(api.get(path, null).status()).as(path).isEqualTo(401);
            assertThat(api.get(path, ingest).status()).as(path).isEqualTo(403);
            assertThat(api.get(path + (path.contains("?") ? "&" : "?") + "org_id=someone-else", key)
                            .status())
                    .as(path)
                    .isEqualTo(403);
        }
    }

    private static void calls(
            String orgId, int daysAgo, String provider, String model, long calls, long tokensIn, long tokensOut)
            throws Exception {
        api.sql(
                "INSERT INTO daily_model_agg (date, org_id, provider, model, call_count, uncovered_count, tokens_in,"
                        + " tokens_out) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(daysAgo),
                orgId,
                provider,
                model,
                calls,
                tokensIn,
                tokensOut);
    }

    private JsonNode set(String id) throws Exception {
        for (JsonNode set : api.get("/v1/factors", key).json().get("sets")) {
            if (set.get("id").asText().equals(id)) {
                return set;
            }
        }
        throw new AssertionError("no set " + id);
    }

    /** Rows of a file; no text of the shipped set has a line break. */
    private static long lines(String table) {
        return FactorSetFiles.shipped().text(table + ".csv").lines().count() - 1;
    }
}
