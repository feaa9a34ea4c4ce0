package io.ecomind.api.rejected;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.service.auth.ApiKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class RejectedTest {
    private static final String PATH = "/v1/events/rejected";
    private static final AtomicLong OFFSETS = new AtomicLong();

    private static RunningApi api;
    private String org;
    private ApiKey key;

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
    }

    @Test
    void a_rejected_event_is_shown_with_its_reason() throws Exception {
        api.sql("""
                INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code,
                    field, message, source, event_id, user_id, item_index, raw_partition, raw_offset, payload,
                    payload_truncated)
                VALUES (3, ?, ?, '2026-03-14T10:00:00.000001Z', 'job', 'ts_too_old', 'ts', 'ts is too old', 'sdk', 'e1',
                    'user-a', NULL, 4, 99, ?, true)""", OFFSETS.incrementAndGet(), org, bytes("{\"näme\":1}"));

        JsonNode answer = api.get(PATH, key).json();

        assertThat(answer.get("org_id").asText()).isEqualTo(org);
        assertThat(answer.has("complete_through")).isTrue();
        assertThat(answer.get("next_cursor").isNull()).isTrue();
        assertThat(answer.get("rows").toString())
                .isEqualTo("[{\"rejected_at\":\"2026-03-14T10:00:00.000001Z\",\"origin\":\"job\","
                        + "\"code\":\"ts_too_old\",\"field\":\"ts\",\"message\":\"ts is too old\",\"source\":\"sdk\","
                        + "\"event_id\":\"e1\",\"user_id\":\"user-a\",\"item_index\":null,\"raw_partition\":4,"
                        + "\"raw_offset\":99,\"payload\":\"{\\\"näme\\\":1}\",\"payload_base64\":null,"
                        + "\"payload_truncated\":true,\"occurrences\":1,"
                        + "\"last_at\":\"2026-03-14T10:00:00.000001Z\"}]");
    }

    @Test
    void equal_rejections_are_one_row_with_a_count_and_what_was_not_kept_is_a_number() throws Exception {
        reject("e1", "2026-03-14T10:00:00Z", "gateway", "field_missing", bytes("{}"));
        reject("e2", "2026-03-14T10:01:00Z", "job", "id_conflict", bytes("{}"));
        reject("", "2026-03-14T10:02:00Z", "gateway", "", bytes(""));
        reject("", "2026-03-13T10:02:00Z", "gateway", "", bytes(""));
        api.sql(
                "UPDATE events_rejected SET group_id = 'g', occurrences = 40, last_at = '2026-03-14T10:00:58Z'"
                        + " WHERE org_id = ? AND event_id = 'e1'",
                org);
        api.sql(
                "UPDATE events_rejected SET is_summary = true, occurrences = 500 WHERE org_id = ? AND event_id = ''",
                org);

        JsonNode answer = api.get(PATH, key).json();

        assertThat(answer.get("counts").toString()).isEqualTo("{\"field_missing\":40,\"id_conflict\":1}");
        assertThat(answer.get("not_kept").asLong()).isEqualTo(1_000);
        assertThat(answer.get("rows")).hasSize(2);
        assertThat(answer.get("rows").get(1).get("occurrences").asLong()).isEqualTo(40);
        assertThat(answer.get("rows").get(1).get("last_at").asText()).isEqualTo("2026-03-14T10:00:58Z");
        assertThat(api.get(PATH + "?from=2026-03-14&code=id_conflict", key)
                        .json()
                        .get("not_kept")
                        .asLong())
                .as("of whatever code")
                .isEqualTo(500);
        assertThat(api.get(PATH + "?origin=job", key).json().get("not_kept").asLong())
                .isZero();
    }

    @Test
    void a_page_ends_early_when_its_rows_have_a_megabyte() throws Exception {
        api.sql("""
                INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code,
                    field, message, source, event_id, user_id, payload, payload_truncated)
                SELECT 3, 1000000 + n, ?, timestamptz '2026-03-14T10:00:00Z' + n * interval '1 s', 'gateway',
                    'field_missing', 'f', 'm', 's', 'e' || n, 'u', convert_to(repeat('x', 16384), 'UTF8'), true
                FROM generate_series(1, 150) n""", org);

        Set<String> seen = new HashSet<>();
        String cursor = "";
        int pages = 0;
        while (cursor != null) {
            RunningApi.Answer answer = api.get(PATH + "?limit=1000" + cursor, key);
            assertThat(answer.response().body().length()).isLessThan(1_100_000);
            answer.json()
                    .get("rows")
                    .forEach(row -> seen.add(row.get("event_id").asText()));
            JsonNode next = answer.json().get("next_cursor");
            cursor = next.isNull() ? null : "&cursor=" + next.asText();
            pages++;
        }

        assertThat(seen).hasSize(150);
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void pages_show_every_row_once_newest_first() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            // Three share a moment: the place in the topic then decides.
            String at = i < 3 ? "2026-03-14T10:00:00Z" : "2026-03-14T09:0" + (9 - i) + ":00Z";
            reject("e" + i, at, "gateway", "field_missing", bytes("{}"));
            expected.add("e" + i);
        }
        List<String> seen = new ArrayList<>();
        String cursor = "";
        int pages = 0;
        do {
            JsonNode page = api.get(PATH + "?limit=2" + cursor, key).json();
            seen.addAll(page.get("rows").findValuesAsText("event_id"));
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").asText();
            assertThat(page.get("counts").toString()).isEqualTo("{\"field_missing\":7}");
            pages++;
        } while (!cursor.isEmpty());

        assertThat(seen).isEqualTo(expected);
        assertThat(pages).isEqualTo(4);
    }

    @Test
    void a_full_last_page_has_no_cursor() throws Exception {
        reject("e1", "2026-03-14T10:00:00Z", "gateway", "field_missing", bytes("{}"));
        reject("e2", "2026-03-14T10:00:00Z", "gateway", "field_missing", bytes("{}"));

        JsonNode page = api.get(PATH + "?limit=2", key).json();

        assertThat(page.get("rows").size()).isEqualTo(2);
        assertThat(page.get("next_cursor").isNull()).isTrue();
    }

    @Test
    void code_origin_and_days_narrow_the_rows() throws Exception {
        reject("e1", "2026-03-10T10:00:00Z", "gateway", "field_missing", bytes("{}"));
        reject("e2", "2026-03-11T10:00:00Z", "job", "undecodable", bytes("{}"));
        reject("e3", "2026-03-12T10:00:00Z", "job", "field_missing", bytes("{}"));

        assertThat(ids(PATH + "?code=field_missing")).containsExactly("e3", "e1");
        assertThat(ids(PATH + "?origin=job")).containsExactly("e3", "e2");
        assertThat(ids(PATH + "?from=2026-03-11&to=2026-03-11")).containsExactly("e2");
        assertThat(api.get(PATH + "?code=undecodable", key).json().get("counts").toString())
                .isEqualTo("{\"undecodable\":1}");
        assertThat(api.get(PATH + "?origin=job", key).json().get("counts").toString())
                .isEqualTo("{\"field_missing\":1,\"undecodable\":1}");
    }

    @Test
    void days_are_the_organisations() throws Exception {
        reject("before", "2026-03-10T22:59:59Z", "gateway", "field_missing", bytes("{}"));
        reject("first", "2026-03-10T23:00:00Z", "gateway", "field_missing", bytes("{}"));
        reject("last", "2026-03-11T22:59:59Z", "gateway", "field_missing", bytes("{}"));
        reject("after", "2026-03-11T23:00:00Z", "gateway", "field_missing", bytes("{}"));

        assertThat(ids(PATH + "?from=2026-03-11&to=2026-03-11")).containsExactly("last", "first");
    }

    @Test
    void bytes_that_are_no_text_are_shown_in_base64() throws Exception {
        reject("e1", "2026-03-14T10:00:00Z", "job", "undecodable", new byte[] {(byte) 0xff, 0, 1});

        JsonNode row = api.get(PATH, key).json().get("rows").get(0);

        assertThat(row.get("payload").isNull()).isTrue();
        assertThat(row.get("payload_base64").asText()).isEqualTo("/wAB");
    }

    @Test
    void an_event_that_a_job_rejected_is_shown_with_the_names_of_ingestion() throws Exception {
        UsageEvent event = UsageEvent.newBuilder()
                .setOrgId(org)
                .setSource("sdk")
                .setId("e1")
                .setTsMicros(1_773_482_400_000_001L)
                .setReceivedAtMicros(1_773_482_400_000_002L)
                .setApiKeyId("k")
                .setUserId("user-a")
                .setProvider("openai")
                .setModel("gpt-4o")
                .setTokensIn(7)
                .setLatencyMs(0)
                .setMetadataJson("{\"team\":\"blue\"}")
                .build();
        reject("e1", "2026-03-14T10:00:00Z", "job", "ts_too_old", event.toByteArray());
        reject(
                "e2",
                "2026-03-14T09:00:00Z",
                "job",
                "invalid_record",
                RawRecord.newBuilder().setEvent(event).build().toByteArray());

        JsonNode rows = api.get(PATH, key).json().get("rows");

        String expected = "{\"org_id\":\"" + org + "\",\"source\":\"sdk\",\"id\":\"e1\","
                + "\"ts\":\"2026-03-14T10:00:00.000001Z\",\"user_id\":\"user-a\",\"provider\":\"openai\","
                + "\"model\":\"gpt-4o\",\"tokens_in\":7,\"tokens_out\":0,\"latency_ms\":0,"
                + "\"metadata\":{\"team\":\"blue\"}}";
        assertThat(rows.get(0).get("payload").asText()).isEqualTo(expected);
        assertThat(rows.get(0).get("payload_base64").isNull()).isTrue();
        assertThat(rows.get(1).get("payload").asText()).isEqualTo(expected);
    }

    @Test
    void a_character_that_was_cut_off_does_not_hide_the_text() {
        byte[] cut = {'a', (byte) 0xc3};

        assertThat(RejectedPayload.ofBytes(cut, true)).isEqualTo(new RejectedPayload("a", null));
        assertThat(RejectedPayload.ofBytes(cut, false)).isEqualTo(new RejectedPayload(null, "YcM="));
    }

    @Test
    void another_organisations_rejections_are_not_shown() throws Exception {
        String other = api.newOrganisation("UTC");
        reject(other, "theirs", "", "2026-03-14T10:00:00Z", "gateway", "field_missing", bytes("{}"));
        reject("", "nobodys", "", "2026-03-14T10:00:00Z", "gateway", "invalid_json", bytes("{}"));

        JsonNode answer = api.get(PATH, key).json();

        assertThat(answer.get("rows").size()).isZero();
        assertThat(answer.get("counts").size()).isZero();
    }

    @Test
    void a_key_of_one_person_shows_no_colleagues_rejections() throws Exception {
        reject(org, "mine", "user-a", "2026-03-14T10:00:00Z", "gateway", "field_missing", bytes("{}"));
        reject(org, "other", "user-b", "2026-03-14T10:00:00Z", "gateway", "field_missing", bytes("{}"));
        api.sql("UPDATE api_keys SET user_id = 'user-a' WHERE id = ?", key.id());

        JsonNode answer = api.get(PATH, key).json();

        assertThat(answer.get("rows").findValuesAsText("event_id")).containsExactly("mine");
        assertThat(answer.get("counts").toString()).isEqualTo("{\"field_missing\":1}");
    }

    @Test
    void bad_parameters_are_refused() throws Exception {
        for (String query : List.of(
                "limit=0",
                "limit=1001",
                "limit=x",
                "origin=space",
                "cursor=!!",
                "cursor=YWJj",
                "from=2026",
                "page=2")) {
            RunningApi.Answer answer = api.get(PATH + "?" + query, key);

            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().get("code").asText()).isEqualTo("invalid_parameter");
            assertThat(answer.json().get("detail").asText()).contains(query.substring(0, query.indexOf('=')));
        }
    }

    @Test
    void wrong_organisation_scope_and_key_are_refused() throws Exception {
        assertThat(api.get(PATH + "?org_id=someone-else", key)
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("org_mismatch");
        assertThat(api.get(PATH, api.key(org, Set.of("ingest"))).status()).isEqualTo(403);
        assertThat(api.get(PATH, null).status()).isEqualTo(401);
    }

    private List<String> ids(String path) throws Exception {
        return api.get(path, key).json().get("rows").findValuesAsText("event_id");
    }

    private void reject(String id, String at, String origin, String code, byte[] payload) throws Exception {
        reject(org, id, "", at, origin, code, payload);
    }

    private static void reject(
            String orgId, String id, String user, String at, String origin, String code, byte[] payload)
            throws Exception {
        api.sql("""
                INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code,
                    field, message, source, event_id, user_id, payload, payload_truncated)
                VALUES (0, ?, ?, ?, ?, ?, '', 'wrong', '', ?, ?, ?, false)""", OFFSETS.incrementAndGet(), orgId, OffsetDateTime.parse(at), origin, code, id, user, payload);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
