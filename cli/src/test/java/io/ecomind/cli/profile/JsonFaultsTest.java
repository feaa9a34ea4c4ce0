package io.ecomind.cli.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFaultsTest {
    @ParameterizedTest
    @ValueSource(strings = {"{\"user_id\":", "{\"a\":1", "[1,\n2", "{\"a\" 1}", "nul", "{\"a\":\"\u0001\"}", "\"open"})
    void the_place_is_told_and_nothing_of_the_parsers_settings(String text) {
        assertThatThrownBy(() -> new ObjectMapper().readTree(text))
                .isInstanceOfSatisfying(JsonProcessingException.class, fault -> {
                    assertThat(JsonFaults.describe(fault))
                            .startsWith("line ")
                            .doesNotContain("REDACTED", "StreamReadFeature", "[Source");
                    assertThat(JsonFaults.describeInLine(fault)).startsWith("column ");
                });
    }
}
