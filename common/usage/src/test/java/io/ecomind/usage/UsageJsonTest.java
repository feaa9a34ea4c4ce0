package io.ecomind.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ecomind.contracts.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class UsageJsonTest {
    @ParameterizedTest
    @CsvSource({
        "61C0AF, 1", // '/' in two bytes
        "61E080AF, 1", // '/' in three
        "61F08080AF, 1", // '/' in four
        "C080, 0", // NUL in two
        "6161EDA080, 2", // half of a surrogate pair
        "EDA0BDEDB880, 0", // a surrogate pair as two characters
        "61FF, 1",
        "61E282, 1", // cut off
        "F5808080, 0" // beyond U+10FFFF
    })
    void overlong_forms_surrogates_and_other_bytes_are_no_utf_8(String hex, int invalidAt) {
        byte[] bytes = HexFormat.of().parseHex(hex);

        assertThat(UsageJson.findInvalidUtf8(bytes, 0, bytes.length)).isEqualTo(invalidAt);
    }

    @Test
    void the_whole_of_a_long_text_is_looked_at() {
        byte[] text = "aé€😀\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        assertThat(UsageJson.findInvalidUtf8(text, 0, text.length)).isEqualTo(-1);
        assertThat(UsageJson.findInvalidUtf8(text, 0, 0)).isEqualTo(-1);
        text[text.length - 2] = 'x';
        assertThat(UsageJson.findInvalidUtf8(text, 0, text.length)).isEqualTo(text.length - 5);
    }

    static Stream<String> validMetadata() {
        return Stream.of(
                "{\"a\":" + "9".repeat(1_000) + "}",
                "{\"a\":-" + "9".repeat(997) + ".5}",
                "{\"a\":1e1000,\"b\":1E-1000,\"c\":-0,\"d\":0.0,\"e\":1e+05}",
                "{\"a\":[{},[],null,true,\"\\u00e9\\n\\ud83d\\ude00\"]}",
                "{\"\":\"\",\"/\":\"\\/\"}",
                "{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}",
                "{\"a\":\"" + "x".repeat(Limits.MAX_METADATA_BYTES - 8) + "\"}");
    }

    @ParameterizedTest
    @MethodSource("validMetadata")
    void what_the_gateway_makes_of_metadata_is_valid_for_the_jobs(String metadata) throws IOException {
        byte[] bytes = metadata.getBytes(StandardCharsets.UTF_8);
        List<Violation> violations = new ArrayList<>();
        String compact;
        try (JsonParser in = UsageJson.parser(bytes, 0, bytes.length)) {
            assertThat(in.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            compact = MetadataJson.read(in, violations::add);
        }

        assertThat(violations).isEmpty();
        assertThat(compact).isNotNull();
        assertThat(MetadataJson.findViolation(compact)).isNull();
    }

    static Stream<String> invalidMetadata() {
        return Stream.of(
                "{\"a\":" + "9".repeat(1_001) + "}",
                "{\"a\":0." + "9".repeat(999) + "}",
                "{\"a\":1e1001}",
                "{\"a\":1e999999}",
                "{\"a\":1e-99999999999999999999}",
                "{\"a\":1,\"\\u0061\":2}",
                "{\"a\":\"\\ud800\"}",
                "{\"a\":\"" + "x".repeat(Limits.MAX_METADATA_BYTES - 7) + "\"}");
    }

    @ParameterizedTest
    @MethodSource("invalidMetadata")
    void both_refuse_the_same_metadata_with_the_same_words(String metadata) throws IOException {
        byte[] bytes = metadata.getBytes(StandardCharsets.UTF_8);
        List<Violation> violations = new ArrayList<>();
        JsonToken next;
        try (JsonParser in = UsageJson.parser(bytes, 0, bytes.length)) {
            in.nextToken();
            assertThat(MetadataJson.read(in, violations::add)).isNull();
            next = in.nextToken();
        }

        assertThat(violations).hasSize(1);
        assertThat(MetadataJson.findViolation(metadata)).isEqualTo(violations.get(0));
        assertThat(next).as("the value is read to its end").isNull();
    }
}
