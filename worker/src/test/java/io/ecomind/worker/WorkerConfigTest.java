package io.ecomind.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.EnvReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.service.http.ManagementAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerConfigTest {
    private static final Map<String, String> REQUIRED = Map.of(
            "ECOMIND_DATABASE_URL", "jdbc:postgresql://db/eco",
            "ECOMIND_DATABASE_PASSWORD", "p1",
            "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");

    @Test
    void every_setting_is_read() {
        var env = new HashMap<>(REQUIRED);
        env.put("ECOMIND_HTTP_HOST", "0.0.0.0");
        env.put("ECOMIND_HTTP_PORT", "9999");
        env.put("ECOMIND_MANAGEMENT_NAMES", "worker, worker.example");
        env.put("ECOMIND_DATABASE_USER", "worker");
        env.put("ECOMIND_RECONCILE_SECONDS", "30");

        assertThat(WorkerConfig.fromEnv(new EnvReader(env)))
                .isEqualTo(new WorkerConfig(
                        new ManagementAddress("0.0.0.0", 9999, List.of("worker", "worker.example")),
                        "jdbc:postgresql://db/eco",
                        "worker",
                        new Secret("p1"),
                        KafkaSettings.plaintext("kafka:9092"),
                        Duration.ofSeconds(30)));
    }

    @Test
    void host_port_role_and_period_have_defaults() {
        WorkerConfig config = WorkerConfig.fromEnv(new EnvReader(REQUIRED));

        assertThat(config.management()).isEqualTo(new ManagementAddress("127.0.0.1", 8082, List.of()));
        assertThat(config.user()).isEqualTo("ecomind_worker");
        assertThat(config.reconcileEvery()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void all_missing_settings_are_named_at_once() {
        var env = new EnvReader(Map.of());
        WorkerConfig.fromEnv(env);

        assertThatThrownBy(env::check)
                .hasMessageContaining("ECOMIND_DATABASE_URL")
                .hasMessageContaining("ECOMIND_DATABASE_PASSWORD")
                .hasMessageContaining("ECOMIND_KAFKA_BOOTSTRAP_SERVERS");
    }

    @Test
    void secrets_are_not_printed() {
        assertThat(WorkerConfig.fromEnv(new EnvReader(REQUIRED)).toString()).doesNotContain("p1");
    }
}
