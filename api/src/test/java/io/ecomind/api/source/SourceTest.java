package io.ecomind.api.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class SourceTest {
    @Test
    void everybody_is_told_the_licence_and_offered_the_source() throws Exception {
        try (var api = new RunningApi(Instant.parse("2026-03-10T20:00:00Z"))) {
            RunningApi.Answer answer = api.get("/source", null);

            assertThat(answer.status()).isEqualTo(200);
            JsonNode offer = answer.json();
            assertThat(offer.get("licence").asText()).isEqualTo("AGPL-3.0-or-later");
            assertThat(offer.get("offer").asText()).contains("complete source code", "including its changes");
        }
    }

    @Test
    void the_address_that_was_given_to_the_build_is_named() {
        assertThat(new SourceOffer("1.0", "https://git.example.org/ours").sentence())
                .endsWith("https://git.example.org/ours");
        assertThat(new SourceOffer("1.0", null).sentence()).endsWith("available from its operator.");
    }
}
