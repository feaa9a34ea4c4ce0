package io.ecomind.dev.check.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.dev.check.attack.Attempt.Observation;
import io.ecomind.dev.check.attack.Attempt.Result;
import io.ecomind.testkit.FreePorts;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NeighbourTriesTest {
    @Test
    void a_server_that_does_not_answer_refuses_nothing() {
        int port = FreePorts.find(1)[0];

        Observation observation = NeighbourTries.redis(RedisSettings.parse("redis://:secret@127.0.0.1:" + port));

        assertThat(observation.result()).isEqualTo(Result.NOT_TRIED);
        assertThat(observation.seen()).contains("failed").doesNotContain("secret");
    }

    @Test
    void a_stranger_to_kafka_speaks_tls_where_the_settings_do_and_has_no_credentials() {
        KafkaSettings encrypted = KafkaSettings.of(
                "127.0.0.1:1",
                Map.of(
                        "security.protocol",
                        "SASL_SSL",
                        "sasl.jaas.config",
                        "a",
                        "ssl.truststore.location",
                        "b",
                        "ssl.keystore.location",
                        "c",
                        "ssl.key.password",
                        "d"));

        List<KafkaSettings> strangers = NeighbourTries.withoutLogin(encrypted);

        assertThat(strangers).extracting(KafkaSettings::protocol).containsExactly("SSL", "PLAINTEXT");
        assertThat(strangers.get(0).security()).containsOnlyKeys("security.protocol", "ssl.truststore.location");
        assertThat(NeighbourTries.withoutLogin(KafkaSettings.of("h:1", Map.of("security.protocol", "SASL_PLAINTEXT"))))
                .containsExactly(KafkaSettings.plaintext("h:1"));
    }

    @Test
    void another_database_is_reached_with_the_same_tls_and_without_a_certificate() {
        assertThat(NeighbourTries.toDatabase(
                        "jdbc:postgresql://h:5432/e?sslmode=verify-full&sslcert=a&sslkey=b&sslrootcert=%2Fc",
                        "postgres"))
                .isEqualTo("jdbc:postgresql://h:5432/postgres?sslmode=verify-full&sslrootcert=%2Fc");
        assertThat(NeighbourTries.toDatabase("jdbc:postgresql://h/e", "postgres"))
                .isEqualTo("jdbc:postgresql://h/postgres");
    }

    @Test
    void only_a_refused_password_is_a_refused_login() {
        assertThat(List.of("28P01", "28000", "08004")).allMatch(NeighbourTries::isRefusedLogin);
        assertThat(List.of("3D000", "42501", "08001", "53300")).noneMatch(NeighbourTries::isRefusedLogin);
    }
}
