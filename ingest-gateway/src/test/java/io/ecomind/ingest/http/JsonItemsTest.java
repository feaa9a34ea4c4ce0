package io.ecomind.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.contracts.Limits;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bodies that are made to cost more than they weigh. */
class JsonItemsTest {
    private final Warnings warnings = new Warnings(ItemLimits.DEFAULT);

    @Test
    void a_million_fields_of_one_name_are_twenty_errors() {
        byte[] body = bytes("{" + "\"\":0,".repeat(800_000) + "\"\":0}");

        EventDraft draft =
                JsonItems.document(body, ItemLimits.DEFAULT, warnings).get(0);

        assertThat(draft.isHopeless()).isTrue();
        assertThat(draft.errors()).hasSize(21);
        assertThat(draft.errors().get(20).message()).contains("more errors than the 20 that are listed");
        assertThat(warnings.list()).hasSize(1);
    }

    @Test
    void the_item_after_a_hopeless_one_is_read() {
        String hopeless = "{" + "\"x\":[{\"x\":1}],".repeat(50) + "\"y\":{\"z\":[]}}";
        String sound = "{\"user_id\":\"u\"}";

        List<EventDraft> array = JsonItems.document(
                bytes("[" + hopeless + "," + sound + "," + hopeless + "]"), ItemLimits.DEFAULT, warnings);
        List<EventDraft> lines = JsonItems.lines(bytes(hopeless + "\n" + sound + "\n"), ItemLimits.DEFAULT, warnings);

        assertThat(array).extracting(EventDraft::isValid).containsExactly(false, true, false);
        assertThat(lines).extracting(EventDraft::isValid).containsExactly(false, true);
        assertThat(array.get(0).payload().start(Limits.MAX_BODY_BYTES).bytes()).isEqualTo(bytes(hopeless));
        assertThat(array.get(1).payload().start(Limits.MAX_BODY_BYTES).bytes()).isEqualTo(bytes(sound));
    }

    @Test
    void unknown_fields_are_ignored_and_few_of_them_remembered() {
        String fields =
                IntStream.range(0, 200_000).mapToObj(i -> "\"f" + i + "\":0").collect(Collectors.joining(","));

        EventDraft draft = JsonItems.document(bytes("{" + fields + ",\"f199999\":1}"), ItemLimits.DEFAULT, warnings)
                .get(0);

        assertThat(draft.isValid())
                .as("the last name is not among those remembered")
                .isTrue();
        assertThat(warnings.list()).hasSize(50).last().asString().contains("more warnings");
    }

    @Test
    void values_of_megabytes_are_described_in_a_few_words() {
        String long0 = "9".repeat(1_000_000);
        String item = "{\"tokens_in\":" + long0 + ",\"tokens_out\":\"" + long0 + "\",\"latency_ms\":[\"" + long0
                + "\"],\"metadata\":\"" + long0 + "\",\"" + long0 + "\":1}";

        EventDraft draft =
                JsonItems.document(bytes(item), ItemLimits.DEFAULT, warnings).get(0);

        assertThat(draft.errors()).hasSize(4);
        assertThat(draft.errors()).extracting(ItemError::message).allMatch(message -> message.length() < 150);
        assertThat(warnings.list()).allMatch(warning -> warning.length() < 150);
        assertThat(draft.payload().start(16).bytes()).hasSize(16);
        assertThat(draft.payload().start(16).truncated()).isTrue();
    }

    @Test
    void lines_of_nothing_are_no_items_and_too_many_empty_ones_end_the_request() {
        assertThatThrownBy(() -> JsonItems.lines(bytes("\n".repeat(1_000_000)), ItemLimits.DEFAULT, warnings))
                .isInstanceOf(AppException.class)
                .hasMessageContaining("no line with an object");
        assertThatThrownBy(() -> JsonItems.lines(bytes("{}\n".repeat(1_000_000)), ItemLimits.DEFAULT, warnings))
                .isInstanceOf(AppException.class)
                .hasMessageContaining("at most 1000 items");
    }

    @Test
    void overlong_utf_8_is_refused_where_it_stands() {
        byte[] body = bytes("{\"user_id\":\"a\"}\n{\"user_id\":\"a__b\"}");
        body[31] = (byte) 0xC0;
        body[32] = (byte) 0xAF;

        List<EventDraft> lines = JsonItems.lines(body, ItemLimits.DEFAULT, warnings);

        assertThat(lines).extracting(EventDraft::isValid).containsExactly(true, false);
        assertThat(lines.get(1).errors().get(0).message()).isEqualTo("not UTF-8 at line 2, byte 16 of the line: 0xC0");
        assertThatThrownBy(() -> JsonItems.document(body, ItemLimits.DEFAULT, warnings))
                .isInstanceOf(AppException.class)
                .hasMessageContaining("not UTF-8 at line 2, byte 16");
    }

    @Test
    void a_line_that_is_no_json_has_this_error_only() {
        List<EventDraft> lines =
                JsonItems.lines(bytes("{\"tokens_in\":\"a\",\"user_id\":}"), ItemLimits.DEFAULT, warnings);

        assertThat(lines.get(0).errors()).hasSize(1);
        assertThat(lines.get(0).errors().get(0).code().code()).isEqualTo("invalid_json");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
