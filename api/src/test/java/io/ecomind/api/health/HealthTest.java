package io.ecomind.api.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.ecomind.api.RunningApi;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class HealthTest {
    private RunningApi api = new RunningApi(Instant.parse("2026-03-15T12:00:00Z"));

    @BeforeEach
    void forgetOffsets() throws Exception {
        api.sql("DELETE FROM projection_offsets");
    }

    @AfterEach
    void stop() throws Exception {
        forgetOffsets();
        api.close();
    }

    @Test
    void health_needs_no_key_and_shows_completeness_and_storage() throws Exception {
        api.sql("INSERT INTO projection_offsets (partition, next_offset, received_through)"
                + " VALUES (0, 5, '2026-03-15T11:59:58Z'), (1, 9, '2026-03-15T11:59:59.5Z')");

        RunningApi.Answer answer = api.get("/v1/health", null);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().toString())
                .isEqualTo("{\"status\":\"ok\",\"time_partitioning\":\"native\","
                        + "\"complete_through\":\"2026-03-15T11:59:58Z\"}");
    }

    @Test
    void completeness_is_null_while_a_partition_is_unknown() throws Exception {
        api.sql("INSERT INTO projection_offsets (partition, next_offset, received_through)"
                + " VALUES (0, 5, '2026-03-15T11:59:58Z'), (1, 0, NULL)");

        JsonNode health = api.get("/v1/health", null).json();

        assertThat(health.get("complete_through").isNull()).isTrue();
    }

    @Test
    void every_answer_says_how_far_it_is_complete() throws Exception {
        api.sql("INSERT INTO projection_offsets (partition, next_offset, received_through)"
                + " VALUES (0, 5, '2026-03-15T11:59:58Z')");
        var key = api.readKey(api.newOrganisation("UTC"));

        for (String path : List.of("/v1/today", "/v1/aggregate/daily", "/v1/events/rejected")) {
            assertThat(api.get(path, key).json().get("complete_through").asText())
                    .as(path)
                    .isEqualTo("2026-03-15T11:59:58Z");
        }
    }

    @Test
    void the_process_is_ready_while_its_database_answers() throws Exception {
        assertThat(api.readiness()).containsOnlyKeys("database");
        assertThat(Objects.requireNonNull(api.readiness().get("database")).problem())
                .isNull();
    }
}
