package io.ecomind.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.EnvReader;
import io.ecomind.connect.Secret;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.service.tls.TlsFiles;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApiConfigTest {
    private static final Map<String, String> REQUIRED = Map.of(
            "ECOMIND_DATABASE_URL", "jdbc:postgresql://db/eco",
            "ECOMIND_DATABASE_PASSWORD", "p1",
            "ECOMIND_API_KEY_PEPPER", "pepper");

    @Test
    void every_setting_is_read() {
        var env = new HashMap<>(REQUIRED);
        env.put("ECOMIND_HTTP_HOST", "0.0.0.0");
        env.put("ECOMIND_HTTP_PORT", "9999");
        env.put("ECOMIND_DATABASE_USER", "reader");
        env.put("ECOMIND_MANAGEMENT_HOST", "10.0.0.1");
        env.put("ECOMIND_MANAGEMENT_PORT", "9998");
        env.put("ECOMIND_MANAGEMENT_NAMES", "api.example");
        env.put("ECOMIND_TLS_CERTIFICATE", "server.crt");
        env.put("ECOMIND_TLS_KEY", "server.key");

        assertThat(ApiConfig.fromEnv(new EnvReader(env)))
                .isEqualTo(new ApiConfig(
                        "0.0.0.0",
                        9999,
                        "jdbc:postgresql://db/eco",
                        "reader",
                        new Secret("p1"),
                        new Secret("pepper"),
                        new ManagementAddress("10.0.0.1", 9998, List.of("api.example")),
                        new TlsFiles(Path.of("server.crt"), Path.of("server.key"))));
    }

    @Test
    void host_port_and_roles_have_defaults() {
        ApiConfig config = ApiConfig.fromEnv(new EnvReader(REQUIRED));

        assertThat(config.host()).isEqualTo("127.0.0.1");
        assertThat(config.port()).isEqualTo(8081);
        assertThat(config.apiUser()).isEqualTo("ecomind_api");
        assertThat(config.management()).isEqualTo(new ManagementAddress("127.0.0.1", 8091, List.of()));
        assertThat(config.tls()).isNull();
    }

    @Test
    void all_missing_settings_are_named_at_once() {
        var env = new EnvReader(Map.of());
        ApiConfig.fromEnv(env);

        assertThatThrownBy(env::check)
                .hasMessageContaining("ECOMIND_DATABASE_URL")
                .hasMessageContaining("ECOMIND_DATABASE_PASSWORD")
                .hasMessageContaining("ECOMIND_API_KEY_PEPPER");
    }

    @Test
    void secrets_are_not_printed() {
        assertThat(ApiConfig.fromEnv(new EnvReader(REQUIRED)).toString())
                .doesNotContain("p1")
                .doesNotContain("pepper");
    }
}
