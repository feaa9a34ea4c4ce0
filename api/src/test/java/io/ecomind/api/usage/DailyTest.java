package io.ecomind.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.service.auth.ApiKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
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
class DailyTest {
    private static final String PATH = "/v1/aggregate/daily?";
    private static final String RANGE = PATH + "from=2026-03-01&to=2026-03-10&group_by=";

    private static RunningApi api;
    private String org;
    private ApiKey key;
    private DailyRows rows;

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
        key = api.readKey(org);
        rows = new DailyRows(api, org);
    }

    @Test
    void days_of_the_organisation_come_with_totals() throws Exception {
        rows.on("2026-03-02")
                .calls(2, "1.25")
                .sealed()
                .on("2026-03-01")
                .calls(1, "0.5")
                .sealed();

        JsonNode answer = api.get(RANGE + "org", key).json();

        assertThat(answer.get("org_id").asText()).isEqualTo(org);
        assertThat(answer.get("group_by").asText()).isEqualTo("org");
        assertThat(answer.get("from").asText()).isEqualTo("2026-03-01");
        assertThat(answer.get("to").asText()).isEqualTo("2026-03-10");
        assertThat(answer.get("time_zone").asText()).isEqualTo("Europe/Berlin");
        assertThat(answer.has("complete_through")).isTrue();
        assertThat(answer.get("provisional").asBoolean()).isFalse();
        assertThat(answer.get("rows").get(0).toString())
                .startsWith("{\"date\":\"2026-03-01\",\"call_count\":1,\"uncovered_count\":0,\"tokens_in\":10,"
                        + "\"tokens_out\":2,\"kwh\":0.5,\"water_l\":1,\"co2_kg\":0.25,")
                .endsWith("\"provisional\":false}");
        assertThat(answer.get("rows").findValuesAsText("date")).containsExactly("2026-03-01", "2026-03-02");
        assertThat(answer.get("totals").toString())
                .startsWith("{\"call_count\":3,\"uncovered_count\":0,\"tokens_in\":30,\"tokens_out\":6,"
                        + "\"kwh\":1.75,\"water_l\":3.5,\"co2_kg\":0.875,");
    }

    @Test
    void every_group_has_bands_parts_and_what_is_covered() throws Exception {
        // One group of covered calls without parts, one with them and a contract, one of calls that nothing covers.
        rows.user("user-a").project("web").model("openai", "gpt-4o").calls(2, "4");
        rows.calls(3, null);
        rows.withParts().calls(1, "8");

        for (String group : List.of("org", "user", "team", "project", "provider", "model")) {
            JsonNode answer = api.get(RANGE + group, key).json();
            assertThat(answer.get("rows").size()).isEqualTo(1);
            for (JsonNode sums :
                    List.of(answer.get("totals"), answer.get("rows").get(0))) {
                assertThat(sums.toString())
                        .as(group)
                        .contains("\"call_count\":6,\"uncovered_count\":3,\"tokens_in\":60,\"tokens_out\":12,"
                                + "\"kwh\":12,\"water_l\":24,\"co2_kg\":6,"
                                + "\"covered_count\":3,\"covered_tokens_in\":30,\"covered_tokens_out\":6,"
                                + "\"uncovered_tokens_in\":30,\"uncovered_tokens_out\":6,\"market_count\":1,"
                                + "\"kwh_low\":0,\"kwh_high\":36,\"water_l_low\":0,\"water_l_high\":72,"
                                + "\"water_onsite_l_low\":0,\"water_onsite_l\":2,\"water_onsite_l_high\":6,"
                                + "\"water_offsite_l_low\":0,\"water_offsite_l\":14,\"water_offsite_l_high\":42,"
                                + "\"co2_kg_low\":0,\"co2_kg_high\":18,"
                                + "\"co2_operational_kg_low\":0,\"co2_operational_kg\":3.6,"
                                + "\"co2_operational_kg_high\":10.8,"
                                + "\"co2_embodied_kg_low\":0,\"co2_embodied_kg\":0.4,\"co2_embodied_kg_high\":1.2,"
                                + "\"co2_market_kg_low\":0,\"co2_market_kg\":0,\"co2_market_kg_high\":0");
            }
        }
    }

    @Test
    void a_part_that_no_call_has_is_null_and_not_zero() throws Exception {
        rows.on("2026-03-01").calls(1, "1");
        rows.on("2026-03-02").calls(1, null);
        JsonNode answer = api.get(RANGE + "project", key).json();

        assertThat(answer.get("totals").get("kwh_high").decimalValue()).isEqualByComparingTo("3");
        for (String unknown : List.of("co2_market_kg", "co2_embodied_kg_low", "water_onsite_l_high")) {
            assertThat(answer.get("totals").get(unknown).isNull()).as(unknown).isTrue();
            assertThat(answer.get("rows").get(0).get(unknown).isNull())
                    .as(unknown)
                    .isTrue();
        }
        assertThat(answer.get("rows").get(1).get("kwh_low").isNull()).isTrue();
        assertThat(answer.get("totals").get("market_count").asLong()).isZero();
    }

    @Test
    void each_group_has_its_fields_in_order() throws Exception {
        rows.user("user-z").project("web").model("openai", "gpt-4o").calls(1, "1");
        rows.user("user-a").project("").model("anthropic", "claude").calls(2, "1");

        assertThat(api.get(RANGE + "user", key).json().get("rows").findValuesAsText("user_id"))
                .containsExactly("user-a", "user-z");
        assertThat(api.get(RANGE + "project", key).json().get("rows").findValuesAsText("project"))
                .containsExactly("", "web");
        assertThat(api.get(RANGE + "provider", key).json().get("rows").findValuesAsText("provider"))
                .containsExactly("anthropic", "openai");
        JsonNode models = api.get(RANGE + "model", key).json().get("rows");
        assertThat(models.findValuesAsText("provider")).containsExactly("anthropic", "openai");
        assertThat(models.findValuesAsText("model")).containsExactly("claude", "gpt-4o");
    }

    @Test
    void every_group_adds_up_to_the_organisation() throws Exception {
        rows.user("user-z").project("web").model("openai", "gpt-4o").calls(1, "0.000000000001");
        rows.user("user-a").project("app").model("anthropic", "claude").calls(2, "12345678.000000000001");
        rows.on("2026-03-04").user("user-a").model("openai", "unknown").calls(5, null);
        JsonNode whole = api.get(RANGE + "org", key).json().get("totals");

        assertThat(whole.get("kwh").decimalValue()).isEqualByComparingTo("12345678.000000000002");
        for (String group : List.of("user", "team", "project", "provider", "model")) {
            assertThat(api.get(RANGE + group, key).json().get("totals"))
                    .as(group)
                    .isEqualTo(whole);
        }
    }

    @Test
    void teams_add_up_and_a_person_counts_for_the_one_joined_first() throws Exception {
        person("user-a");
        person("user-b");
        alias("user-a@example.org", "user-a");
        alias("user-a-laptop", "user-a");
        team("t1", "Search");
        team("t2", "Ads");
        team("t3", "Maps");
        member("t2", "user-a", "2026-01-01", null);
        member("t1", "user-a", "2026-02-01", null);
        member("t3", "user-b", "2026-01-01", null);
        member("t1", "user-b", "2026-01-01", null);
        rows.user("user-a@example.org").calls(1, "1");
        rows.user("user-a-laptop").calls(2, "2");
        rows.user("user-b").calls(4, "4");
        rows.user("stranger").calls(8, "8");

        JsonNode answer = api.get(RANGE + "team", key).json();

        assertThat(answer.get("rows").size()).isEqualTo(3);
        assertThat(counts(answer)).isEqualTo(Map.of("t1 Search", 4L, "t2 Ads", 3L, "null null", 8L));
        assertThat(answer.get("rows").get(2).get("team_id").isNull()).isTrue();
        assertThat(answer.get("totals").get("call_count").asLong()).isEqualTo(15);
        assertThat(answer.get("totals").get("kwh").decimalValue()).isEqualByComparingTo("15");
    }

    @Test
    void membership_counts_on_the_day_of_the_calls() throws Exception {
        person("user-a");
        team("t1", "Search");
        team("t2", "Ads");
        member("t1", "user-a", "2026-01-01", "2026-03-05");
        member("t2", "user-a", "2026-03-05", null);
        rows.user("user-a").on("2026-03-04").calls(1, "1").on("2026-03-05").calls(2, "1");

        JsonNode teams = api.get(RANGE + "team", key).json();

        assertThat(counts(teams)).isEqualTo(Map.of("t1 Search", 1L, "t2 Ads", 2L));
    }

    @Test
    void amounts_are_null_only_when_nothing_is_covered() throws Exception {
        rows.on("2026-03-01").user("user-a").calls(3, null);
        JsonNode unknown = api.get(RANGE + "project", key).json();
        rows.on("2026-03-02").user("user-b").calls(1, "0.5");
        JsonNode partly = api.get(RANGE + "project", key).json();

        assertThat(unknown.get("rows").get(0).get("kwh").isNull()).isTrue();
        assertThat(unknown.get("totals").get("kwh").isNull()).isTrue();
        assertThat(unknown.get("totals").get("uncovered_count").asLong()).isEqualTo(3);
        assertThat(partly.get("totals").get("kwh").decimalValue()).isEqualByComparingTo("0.5");
        assertThat(partly.get("totals").get("uncovered_count").asLong()).isEqualTo(3);
    }

    @Test
    void without_calls_the_totals_are_zero() throws Exception {
        JsonNode answer = api.get(RANGE + "org", key).json();

        assertThat(answer.get("rows").size()).isZero();
        assertThat(answer.get("totals").get("kwh").decimalValue()).isEqualByComparingTo(BigDecimal.ZERO);
        assertThat(answer.get("provisional").asBoolean()).isFalse();
    }

    @Test
    void only_sealed_days_are_not_provisional() throws Exception {
        rows.on("2026-03-01").calls(1, "1").sealed().on("2026-03-02").calls(1, "1");
        api.sql(
                "INSERT INTO day_states (org_id, date, day_end, state)"
                        + " VALUES (?, DATE '2026-03-03', now(), 'disputed')",
                org);
        rows.on("2026-03-03").calls(1, "1");

        for (String group : List.of("org", "user", "team", "project", "provider", "model")) {
            JsonNode answer = api.get(RANGE + group, key).json();
            List<Boolean> provisional = new ArrayList<>();
            answer.get("rows")
                    .forEach(row -> provisional.add(row.get("provisional").asBoolean()));
            assertThat(provisional).as(group).containsExactly(false, true, true);
            assertThat(answer.get("provisional").asBoolean()).isTrue();
        }
    }

    @Test
    void a_range_that_includes_today_is_provisional() throws Exception {
        assertThat(api.get(PATH + "from=2026-03-14&to=2026-03-14", key)
                        .json()
                        .get("provisional")
                        .asBoolean())
                .isFalse();
        assertThat(api.get(PATH + "from=2026-03-15&to=2026-03-15", key)
                        .json()
                        .get("provisional")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void the_last_thirty_days_are_the_default() throws Exception {
        JsonNode answer = api.get("/v1/aggregate/daily", key).json();

        assertThat(answer.get("from").asText()).isEqualTo("2026-02-14");
        assertThat(answer.get("to").asText()).isEqualTo("2026-03-15");
        assertThat(answer.get("group_by").asText()).isEqualTo("org");
    }

    @Test
    void without_a_zone_days_are_those_of_utc() throws Exception {
        api.sql("DELETE FROM org_time_zones WHERE org_id = ?", org);

        assertThat(api.get(RANGE + "org", key).json().get("time_zone").asText()).isEqualTo("UTC");
    }

    @Test
    void bad_parameters_are_refused_with_field_value_and_limit() throws Exception {
        Map<String, List<String>> wrong = Map.of(
                "from=2026-03-02&to=2026-03-01", List.of("to", "2026-03-02", "2026-03-01"),
                "from=2025-01-01&to=2026-03-01", List.of("from", "425", "400"),
                "from=yesterday", List.of("from", "yesterday", "2026-01-31"),
                "to=2026-02-30", List.of("to", "2026-02-30"),
                "to=%2B999999-01-01", List.of("to", "999999", "2199-12-31"),
                "group_by=planet", List.of("group_by", "planet", "org, user, team, project, provider, model"),
                "groupby=user", List.of("groupby", "group_by"));

        for (var query : wrong.entrySet()) {
            RunningApi.Answer answer = api.get(PATH + query.getKey(), key);

            assertThat(answer.status()).as(query.getKey()).isEqualTo(400);
            assertThat(answer.contentType()).startsWith("application/problem+json");
            assertThat(answer.json().get("code").asText()).isEqualTo("invalid_parameter");
            assertThat(answer.json().get("detail").asText()).contains(query.getValue());
        }
    }

    @Test
    void four_hundred_days_are_accepted() throws Exception {
        assertThat(api.get(PATH + "from=2025-02-04&to=2026-03-10", key).status())
                .isEqualTo(200);
        assertThat(api.get(PATH + "from=2025-02-03&to=2026-03-10", key).status())
                .isEqualTo(400);
    }

    @Test
    void another_organisations_rows_are_in_no_group() throws Exception {
        String other = api.newOrganisation("UTC");
        new DailyRows(api, other).user("user-a").calls(50, "1").sealed();
        person("user-a");
        team("t1", "Search");
        member("t1", "user-a", "2026-01-01", null);

        for (String group : List.of("org", "user", "team", "project", "provider", "model")) {
            assertThat(api.get(RANGE + group, key).json().get("rows").size())
                    .as(group)
                    .isZero();
        }
    }

    @Test
    void teams_of_another_organisation_claim_nobody() throws Exception {
        String other = api.newOrganisation("UTC");
        api.sql("INSERT INTO users (org_id, id, name) VALUES (?, 'user-a', 'User A')", other);
        api.sql("INSERT INTO teams (org_id, id, name) VALUES (?, 'theirs', 'Theirs')", other);
        api.sql("INSERT INTO team_members (org_id, team_id, user_id) VALUES (?, 'theirs', 'user-a')", other);
        rows.user("user-a").calls(1, "1");

        assertThat(counts(api.get(RANGE + "team", key).json())).isEqualTo(Map.of("null null", 1L));
    }

    @Test
    void wrong_organisation_scope_and_key_are_refused() throws Exception {
        assertThat(api.get(RANGE + "org&org_id=someone-else", key)
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("org_mismatch");
        assertThat(api.get(RANGE + "org", api.key(org, Set.of("ingest"))).status())
                .isEqualTo(403);
        assertThat(api.get(RANGE + "org", null).status()).isEqualTo(401);
    }

    @Test
    void a_key_of_one_person_lists_no_colleague() throws Exception {
        rows.user("user-a").calls(1, "1").user("user-b").calls(2, "1");
        api.sql("UPDATE api_keys SET user_id = 'user-a' WHERE id = ?", key.id());

        assertThat(api.get(RANGE + "user", key).json().get("rows").findValuesAsText("user_id"))
                .containsExactly("user-a");
    }

    @Test
    void csv_has_the_same_rows_and_columns() throws Exception {
        rows.on("2026-03-01").user("user-a").calls(2, "0.000000002").sealed();
        rows.on("2026-03-02").user("a \"b\", c").calls(1, null);

        RunningApi.Answer answer = api.get(RANGE + "user", key, "text/csv");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.contentType()).startsWith("text/csv; charset=utf-8");
        assertThat(answer.response().headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"ecomind-daily-user-2026-03-01-2026-03-10.csv\"");
        String through =
                api.get(RANGE + "user", key).json().get("complete_through").asText("");
        through = through.equals("null") ? "" : through;
        assertThat(answer.response().body())
                .isEqualTo("date,user_id,call_count,uncovered_count,tokens_in,tokens_out,kwh,water_l,co2_kg,"
                        + "covered_count,covered_tokens_in,covered_tokens_out,uncovered_tokens_in,uncovered_tokens_out,"
                        + "market_count,kwh_low,kwh_high,water_l_low,water_l_high,"
                        + "water_onsite_l_low,water_onsite_l,water_onsite_l_high,"
                        + "water_offsite_l_low,water_offsite_l,water_offsite_l_high,co2_kg_low,co2_kg_high,"
                        + "co2_operational_kg_low,co2_operational_kg,co2_operational_kg_high,"
                        + "co2_embodied_kg_low,co2_embodied_kg,co2_embodied_kg_high,"
                        + "co2_market_kg_low,co2_market_kg,co2_market_kg_high,provisional,complete_through\r\n"
                        + "2026-03-01,user-a,2,0,20,4,0.000000002,0.000000004,0.000000001,2,20,4,0,0,0,"
                        + "0,0.000000006,0,0.000000012,,,,,,,0,0.000000003,,,,,,,,,,false," + through + "\r\n"
                        + "2026-03-02,\"a \"\"b\"\", c\",1,1,10,2,,,,0,0,0,10,2,0," + ",".repeat(21) + "true,"
                        + through + "\r\n");
    }

    @Test
    void csv_cells_cannot_become_formulas() throws Exception {
        List<String> harmful = List.of("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx");
        for (String name : harmful) {
            rows.project(name).calls(1, "1");
        }

        String csv = api.get(RANGE + "project", key, "text/csv").response().body();

        for (String name : harmful) {
            assertThat(csv).contains("'" + name);
        }
        assertThat(csv)
                .doesNotContain(",=")
                .doesNotContain(",+")
                .doesNotContain(",-")
                .doesNotContain(",@");
    }

    @Test
    void json_is_the_default_form() throws Exception {
        assertThat(api.get(RANGE + "org", key, "*/*").contentType()).startsWith("application/json");
        assertThat(api.get(RANGE + "org", key, "application/json;q=0.5, text/csv;q=0.9")
                        .contentType())
                .startsWith("text/csv");
        assertThat(api.get(RANGE + "org", key, "text/csv;q=0.1, application/json")
                        .contentType())
                .isEqualTo("application/json");
        assertThat(api.get(RANGE + "org", key, "text/csv;q=0").contentType()).isEqualTo("application/json");
        assertThat(api.get(RANGE + "org", key, "application/json, text/csv").contentType())
                .startsWith("application/json");
        assertThat(api.get(RANGE + "org", key, "Text/CSV; header=present, */*").contentType())
                .startsWith("text/csv");
    }

    private static Map<String, Long> counts(JsonNode answer) {
        Map<String, Long> counts = new HashMap<>();
        answer.get("rows")
                .forEach(row -> counts.merge(
                        row.get("team_id").asText() + " " + row.get("team_name").asText(),
                        row.get("call_count").asLong(),
                        Long::sum));
        return counts;
    }

    private void person(String id) throws Exception {
        api.sql("INSERT INTO users (org_id, id, name) VALUES (?, ?, ?)", org, id, id);
    }

    private void alias(String alias, String user) throws Exception {
        api.sql("INSERT INTO user_aliases (org_id, alias, user_id) VALUES (?, ?, ?)", org, alias, user);
    }

    private void team(String id, String name) throws Exception {
        api.sql("INSERT INTO teams (org_id, id, name) VALUES (?, ?, ?)", org, id, name);
    }

    private void member(String team, String user, String from, @Nullable String to) throws Exception {
        api.sql(
                "INSERT INTO team_members (org_id, team_id, user_id, valid_from, valid_to)"
                        + " VALUES (?, ?, ?, CAST(? AS date), CAST(? AS date))",
                org,
                team,
                user,
                from,
                to);
    }
}
