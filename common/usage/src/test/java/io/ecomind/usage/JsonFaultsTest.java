package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFaultsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"user_id\":",
                "{\"a\":1",
                "{\"a\":1]",
                "[1,\n2",
                "{\"a\" 1}",
                "nul",
                "{\"a\":\"\u0001\"}",
                "\"open"
            })
    void the_place_is_told_and_nothing_of_the_parsers_settings(String text) {
        assertThatThrownBy(() -> new ObjectMapper().readTree(text))
                .isInstanceOfSatisfying(JsonProcessingException.class, fault -> {
                    assertThat(JsonFaults.describe(fault))
                            .startsWith("line ")
                            .doesNotContain("REDACTED", "StreamReadFeature", "[Source");
                    assertThat(JsonFaults.describeInLine(fault))
                            .startsWith("column ")
                            .doesNotContain("REDACTED", "StreamReadFeature", "[Source", "line ");
                });
    }

    @Test
    void a_line_is_counted_from_the_first_line_of_the_longer_text() {
        assertThatThrownBy(() -> new ObjectMapper().readTree("{\"a\":1]"))
                .isInstanceOfSatisfying(
                        JsonProcessingException.class,
                        fault -> assertThat(JsonFaults.describe(fault, 7))
                                .startsWith("line 7, column ")
                                .contains("line 7, column 1)"));
    }

    @Test
    void what_a_message_quotes_is_shortened_and_made_printable() {
        var fault = new JsonParseException(
                null, "Duplicate field '[Source: x; line: 99999999999999999999]\u0007" + "x".repeat(200) + "'");

        assertThat(JsonFaults.describe(fault))
                .hasSizeLessThan(200)
                .contains("99999999999999999999]\uFFFDx")
                .endsWith("…");
    }

    @Test
    void a_limit_is_told_without_the_method_that_sets_it() {
        assertThatThrownBy(() -> new ObjectMapper().readTree("[".repeat(2_000)))
                .isInstanceOfSatisfying(
                        JsonProcessingException.class,
                        fault -> assertThat(JsonFaults.describe(fault))
                                .contains("depth")
                                .doesNotContain("StreamReadConstraints"));
    }
}
