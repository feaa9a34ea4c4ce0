package io.ecomind.cli.redrive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WireEventTest {
    private static final UsageEvent EVENT = UsageEvent.newBuilder()
            .setOrgId("acme")
            .setSource("sdk")
            .setId("e1")
            .setUserId("anna")
            .setProvider("openai")
            .setModel("gpt-4o")
            .setTsMicros(1_767_225_600_000_001L)
            .setTokensIn(5)
            .setTokensOut(6)
            .setTokensReasoning(0)
            .setMetadataJson("{\"a\":1}")
            .setApiKeyId("secret-id")
            .build();

    @Test
    void an_event_of_the_job_becomes_what_its_sender_could_have_sent() throws Exception {
        assertThat(WireEvent.of(row("job", "unknown_organisation", EVENT.toByteArray()), Map.of())
                        .toString())
                .isEqualTo("{\"id\":\"e1\",\"org_id\":\"acme\",\"source\":\"sdk\",\"user_id\":\"anna\","
                        + "\"provider\":\"openai\",\"model\":\"gpt-4o\",\"tokens_in\":5,\"tokens_out\":6,"
                        + "\"tokens_reasoning\":0,\"ts\":\"2026-01-01T00:00:00.000001Z\",\"metadata\":{\"a\":1}}");
    }

    @Test
    void of_an_invalid_record_the_whole_record_is_stored() throws Exception {
        byte[] record = RawRecord.newBuilder().setEvent(EVENT).build().toByteArray();
        assertThat(WireEvent.of(row("job", "invalid_record", record), Map.of())
                        .get("id")
                        .asText())
                .isEqualTo("e1");
    }

    @Test
    void changes_replace_and_remove_fields_and_keep_their_type() throws Exception {
        Map<String, JsonNode> changes = new LinkedHashMap<>();
        changes.put("tokens_in", WireEvent.value("7"));
        changes.put("model", WireEvent.value("gpt-5"));
        changes.put("user_id", WireEvent.value("\"8\""));
        changes.put("region", WireEvent.value("null"));
        byte[] sent = bytes("{\"id\":\"x\",\"ts\":\"2026-01-01T00:00:00Z\",\"tokens_in\":-1,\"region\":\"DE\"}");
        assertThat(WireEvent.of(row("gateway", "field_out_of_range", sent), changes)
                        .toString())
                .isEqualTo("{\"id\":\"x\",\"ts\":\"2026-01-01T00:00:00Z\",\"tokens_in\":7,\"model\":\"gpt-5\","
                        + "\"user_id\":\"\\\"8\\\"\"}");
    }

    @Test
    void an_id_and_a_ts_that_nobody_gave_are_the_same_each_time() throws Exception {
        RejectedEvent row = row("gateway", "field_missing", bytes("{\"provider\":\"openai\"}"));
        assertThat(WireEvent.of(row, Map.of()))
                .isEqualTo(WireEvent.of(row, Map.of()))
                .hasToString("{\"provider\":\"openai\",\"id\":\"redrive-3-14\",\"ts\":\"2026-02-01T00:00:00Z\"}");
    }

    @Test
    void what_is_no_whole_event_cannot_be_redriven() {
        assertThatThrownBy(() -> WireEvent.of(row("gateway", "invalid_json", bytes("{\"a\":")), Map.of()))
                .hasMessageContaining("not one JSON object");
        assertThatThrownBy(() -> WireEvent.of(row("gateway", "not_an_object", bytes("[1]")), Map.of()))
                .hasMessageContaining("not one JSON object");
        assertThatThrownBy(() -> WireEvent.of(row("job", "undecodable", new byte[] {9, 9, 9}), Map.of()))
                .hasMessageContaining("cannot be decoded");
        assertThatThrownBy(() -> WireEvent.of(row("job", "invalid_record", new byte[0]), Map.of()))
                .hasMessageContaining("holds no event");
        assertThatThrownBy(() -> WireEvent.of(
                        row("gateway", "field_invalid", bytes("{\"metadata\":{\"a\":1e99999999999}}")), Map.of()))
                .hasMessageContaining("a number that is too large");
        var cut = new RejectedEvent(3, 14, "", Instant.EPOCH, "gateway", "x", "", bytes("{}"), true);
        assertThatThrownBy(() -> WireEvent.of(cut, Map.of())).hasMessageContaining("only the first 2 bytes");
    }

    private static RejectedEvent row(String origin, String code, byte[] payload) {
        return new RejectedEvent(
                3, 14, "acme", Instant.parse("2026-02-01T00:00:00Z"), origin, code, "", payload, false);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
