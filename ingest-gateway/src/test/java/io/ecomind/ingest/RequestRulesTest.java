package io.ecomind.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.EnvReader;
import io.ecomind.ingest.publish.ReceivedClock;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.Rfc3339;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules that need no server. */
class RequestRulesTest {
    @ParameterizedTest
    @CsvSource({
        "2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z, 2026-01-31T12:00:00Z",
        "2026-01-31 12:00:00.5+02:00, 2026-01-31T10:00:00.5Z",
        "2026-01-31T12:00:00.123456789-05:30, 2026-01-31T17:30:00.123456Z",
        "2024-02-29T23:59:59.999999999Z, 2024-02-29T23:59:59.999999Z",
        "1969-12-31T23:59:59.9999999Z, 1969-12-31T23:59:59.999999Z",
        "0000-01-01T00:00:00Z, 0000-01-01T00:00:00Z"
    })
    void time_is_cut_to_microseconds(String text, String expected) {
        assertThat(Rfc3339.parseMicros(text)).isEqualTo(EpochMicros.of(Instant.parse(expected)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-31",
                "2026-01-31T12:00:00",
                "2026-01-31T12:00:00.Z",
                "2026-01-31T12:00:00.1234567890Z",
                "2026-01-31T24:00:00Z",
                "2026-01-31T12:60:00Z",
                "2025-02-29T12:00:00Z",
                "2026-01-31T12:00:00+0200",
                "2026-01-31T12:00:00+02",
                "2026-01-31T12:00:00Zx",
                "2026-01-31T12:00:00+02:00x",
                "+026-01-31T12:00:00Z",
                "٢026-01-31T12:00:00Z"
            })
    void what_is_no_rfc_3339_time_is_refused(String text) {
        assertThatThrownBy(() -> Rfc3339.parseMicros(text)).isInstanceOf(DateTimeException.class);
    }

    @Test
    void low_watermark_is_the_oldest_request_that_is_not_handed_over() {
        var now = new AtomicLong(1_767_225_600);
        InstantSource source = () -> Instant.ofEpochSecond(now.get());
        var received = new ReceivedClock(source.withZone(ZoneOffset.UTC));
        long slow = received.enter();
        now.addAndGet(5);
        long quick = received.enter();
        received.leave(quick);

        assertThat(received.lowWatermark()).isEqualTo(slow);
        received.leave(slow);
        long lowWatermark = received.lowWatermark();
        assertThat(lowWatermark).isEqualTo(slow + 5_000_000);
        now.addAndGet(-60);
        assertThat(received.enter()).as("after the clock moved backwards").isEqualTo(lowWatermark);
    }

    @Test
    void every_setting_is_read() {
        Map<String, String> env = new HashMap<>(Map.of(
                "ECOMIND_HTTP_HOST", "0.0.0.0",
                "ECOMIND_HTTP_PORT", "1",
                "ECOMIND_GRPC_PORT", "2",
                "ECOMIND_DATABASE_URL", "jdbc:postgresql://d/e",
                "ECOMIND_DATABASE_USER", "u",
                "ECOMIND_DATABASE_PASSWORD", "p",
                "ECOMIND_API_KEY_PEPPER", "q",
                "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "k:9092",
                "ECOMIND_REDIS_URL", "redis://:secret@r",
                "ECOMIND_ACK_TIMEOUT", "3s"));
        env.put("ECOMIND_MAX_IN_FLIGHT", "1MiB");
        env.put("ECOMIND_HEARTBEAT_INTERVAL", "20ms");
        env.put("ECOMIND_GATEWAY_MAX_REPLICAS", "4");
        env.put("ECOMIND_CORS_ORIGINS", "https://a.example, chrome-extension://abcdef");
        env.put("ECOMIND_MANAGEMENT_HOST", "10.0.0.1");
        env.put("ECOMIND_MANAGEMENT_PORT", "9998");
        env.put("ECOMIND_MANAGEMENT_NAMES", "gateway, g.example");
        env.put("ECOMIND_TLS_CERTIFICATE", "server.crt");
        env.put("ECOMIND_TLS_KEY", "server.key");
        var reader = new EnvReader(env);

        GatewayConfig config = GatewayConfig.fromEnv(reader);

        reader.check();
        assertThat(config.toString())
                .isEqualTo("GatewayConfig[host=0.0.0.0, httpPort=1, grpcPort=2, jdbcUrl=jdbc:postgresql://d/e, "
                        + "databaseUser=u, databasePassword=***, keyPepper=***, kafka=KafkaSettings[k:9092, PLAINTEXT], "
                        + "redis=RedisSettings[address=redis://r, user=null, password=***, "
                        + "certificateAuthority=null], ackTimeout=PT3S, maxInFlightBytes=1048576, "
                        + "heartbeatInterval=PT0.02S, maxReplicas=4, "
                        + "corsOrigins=[https://a.example, chrome-extension://abcdef], "
                        + "management=ManagementAddress[host=10.0.0.1, port=9998, names=[gateway, g.example]], "
                        + "tls=TlsFiles[certificate=server.crt, key=server.key]]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "null", "a.example", "https://a.example/", "https://A.example", "https://a.example,"})
    void what_is_no_origin_is_refused(String value) {
        var reader = new EnvReader(Map.of("ECOMIND_CORS_ORIGINS", value));

        assertThat(reader.origins("ECOMIND_CORS_ORIGINS")).isEmpty();
        assertThatThrownBy(reader::check).hasMessageContaining("ECOMIND_CORS_ORIGINS is not origins such as");
    }

    @Test
    void settings_that_are_missing_are_named_together() {
        var reader = new EnvReader(Map.of("ECOMIND_ACK_TIMEOUT", "soon"));

        GatewayConfig config = GatewayConfig.fromEnv(reader);

        assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThatThrownBy(reader::check)
                .hasMessageContaining("ECOMIND_DATABASE_URL")
                .hasMessageContaining("ECOMIND_REDIS_URL")
                .hasMessageContaining("ECOMIND_ACK_TIMEOUT");
    }
}
