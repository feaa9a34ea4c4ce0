package io.ecomind.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionSettingsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void kafka_takes_protocol_login_and_certificates_from_its_file() throws Exception {
        Path file = write("""
                security.protocol=SASL_SSL
                sasl.mechanism=SCRAM-SHA-512
                sasl.jaas.config=org.example.Module required username="u" password="secret-word";
                ssl.truststore.location=/etc/ca.pem
                """);

        KafkaSettings kafka = KafkaSettings.fromEnv(new EnvReader(
                Map.of("ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "k:9092", "ECOMIND_KAFKA_CONFIG", file.toString())));

        assertThat(kafka.properties())
                .containsEntry("bootstrap.servers", "k:9092")
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("ssl.truststore.location", "/etc/ca.pem")
                .containsKey("sasl.jaas.config");
        assertThat(kafka.toString()).contains("SASL_SSL").doesNotContain("secret-word");
        assertThat(kafka).isEqualTo(KafkaSettings.of("k:9092", kafka.security()));
    }

    @Test
    void kafka_without_a_file_is_plain() {
        KafkaSettings kafka = KafkaSettings.fromEnv(new EnvReader(Map.of("ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "k:9092")));

        assertThat(kafka).isEqualTo(KafkaSettings.plaintext("k:9092"));
        assertThat(kafka.protocol()).isEqualTo("PLAINTEXT");
    }

    @Test
    void a_setting_that_does_not_belong_to_the_connection_is_refused_by_name_without_its_value() throws Exception {
        assertThatThrownBy(() -> KafkaSettings.of("k", Map.of("security.protocol", "SSL", "acks", "secret-word")))
                .hasMessageContaining("acks is none of them")
                .hasMessageNotContaining("secret-word");
        assertThatThrownBy(() -> KafkaSettings.of("k", Map.of("ssl.truststore.location", "x")))
                .as("Kafka's default would ignore the certificates")
                .hasMessageContaining("security.protocol must be one of");
        Path file = write("loggerLevel=secret-word\n");
        assertThatThrownBy(() -> new DatabaseSettings("jdbc:postgresql://d/e", "u", new Secret("")).with(file))
                .hasMessageContaining("loggerLevel is none of them")
                .hasMessageNotContaining("secret-word");
        assertThatThrownBy(() -> RedisSettings.parse("redis://r").with(file))
                .hasMessageContaining("loggerLevel is none of them");
    }

    @Test
    void a_file_that_cannot_be_read_is_reported_with_the_other_problems() {
        var env = new EnvReader(Map.of(
                "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "k",
                "ECOMIND_KAFKA_CONFIG", directory.resolve("absent").toString(),
                "ECOMIND_REDIS_URL", "http://r"));
        KafkaSettings.fromEnv(env);
        RedisSettings.fromEnv(env);

        assertThatThrownBy(env::check)
                .hasMessageContaining("ECOMIND_KAFKA_CONFIG: ")
                .hasMessageContaining("absent does not exist")
                .hasMessageContaining("ECOMIND_REDIS_URL is not an address");
    }

    @Test
    void the_database_takes_its_certificates_into_the_url_and_its_login_from_the_file() throws Exception {
        Path file = write("""
                sslmode=verify-full
                sslrootcert=/etc/a b.pem
                user=other
                password=secret-word
                """);
        Map<String, String> variables = new HashMap<>(Map.of(
                "ECOMIND_DATABASE_URL", "jdbc:postgresql://d/e?x=y", "ECOMIND_DATABASE_CONFIG", file.toString()));
        var env = new EnvReader(variables);

        DatabaseSettings database = DatabaseSettings.fromEnv(env, "ecomind_api");

        env.check();
        assertThat(database)
                .isEqualTo(new DatabaseSettings(
                        "jdbc:postgresql://d/e?x=y&sslmode=verify-full&sslrootcert=%2Fetc%2Fa%20b.pem",
                        "other", new Secret("secret-word")));
        assertThat(database.toString()).doesNotContain("secret-word");
    }

    @Test
    void without_a_file_the_variables_are_used_and_the_password_is_required() {
        var env = new EnvReader(Map.of("ECOMIND_DATABASE_URL", "jdbc:postgresql://d/e"));
        DatabaseSettings.fromEnv(env, "ecomind_api");

        assertThatThrownBy(env::check).hasMessageContaining("ECOMIND_DATABASE_PASSWORD is not set");
    }

    @Test
    void redis_takes_its_login_from_the_url_or_the_file() throws Exception {
        RedisSettings byUrl = RedisSettings.parse("rediss://us%40er:p%2Fw+1@r.example:7000");

        assertThat(byUrl).isEqualTo(new RedisSettings("rediss://r.example:7000", "us@er", new Secret("p/w+1"), null));
        assertThat(byUrl.encrypted()).isTrue();
        assertThat(RedisSettings.parse(byUrl.toUrl())).isEqualTo(byUrl);
        assertThat(byUrl.toString()).doesNotContain("p/w+1");
        Path file = write("username=other\npassword=word\nssl.ca.location=/etc/ca.pem\n");
        assertThat(byUrl.with(file))
                .isEqualTo(new RedisSettings(
                        "rediss://r.example:7000", "other", new Secret("word"), Path.of("/etc/ca.pem")));
        assertThat(RedisSettings.parse("redis://:only@r").user()).isNull();
        assertThat(RedisSettings.parse("redis://r").port()).isEqualTo(6_379);
    }

    private Path write(String content) throws Exception {
        return Files.writeString(directory.resolve("settings.properties"), content);
    }
}
