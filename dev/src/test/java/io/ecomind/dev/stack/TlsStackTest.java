package io.ecomind.dev.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.HttpAddress;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.IngestTally;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.dev.check.Exposure;
import io.ecomind.dev.sample.SampleWeek;
import io.ecomind.testkit.FreePorts;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration's data on encrypted connections only, and what others could reach meanwhile. */
@Tag("integration")
@Tag("ci")
class TlsStackTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void events_are_counted_over_encrypted_connections_and_nothing_is_open() throws Exception {
        var data = new DataDirectory(directory.resolve("data"));
        int base = Math.min(FreePorts.find(1)[0], 60_000);
        // With a plan that has limits, the gateway asks Redis for every request.
        var config = new StackConfig(data, base, ExternalServices.NONE, List.of(), null, "team", true, null);
        try (EmbeddedStack stack = EmbeddedStack.start(config, (part, address, took) -> {})) {
            Endpoints endpoints = stack.endpoints();
            assertThat(endpoints.http()).startsWith("https://");
            assertThat(endpoints.kafka().protocol()).isEqualTo("SASL_SSL");
            assertThat(endpoints.redis())
                    .satisfies(redis -> assertThat(redis.encrypted()).isTrue());
            assertThat(endpoints.database("api").jdbcUrl()).contains("sslmode=verify-full");

            SampleWeek week = SampleWeek.until(Instant.now(), DemoOrganisation.ZONE);
            var client = new IngestClient(
                    endpoints.httpAddress(), stack.credentials().apiKey(), Duration.ofMinutes(1));
            var tally = new IngestTally();
            for (List<String> request : week.requests().subList(0, 3)) {
                tally.add(request.size(), client.send(request));
            }
            assertThat(tally.accepted()).isPositive();
            // Read from its file as the commands read it, Kafka and PostgreSQL over TLS.
            VerificationReport report = Verification.run(
                    Endpoints.require(data), new Selection(DemoOrganisation.ID, null, null), line -> {});
            assertThat(report.findings().lines()).isEmpty();
            assertThat(report.live() + report.late()).isPositive();
            assertThat(get(endpoints.httpAddress(), endpoints.metricsUrl()))
                    .contains("ecomind_ingest_rate_limit_bypasses_total 0");
            assertThat(unencryptedSessions(endpoints)).isZero();

            assertThatThrownBy(() -> get(new HttpAddress(endpoints.http(), null), endpoints.http() + "/healthz"))
                    .isInstanceOf(SSLException.class);
            assertThatThrownBy(() -> topics(KafkaSettings.plaintext(endpoints.kafkaBootstrapServers())))
                    .isInstanceOf(ExecutionException.class);

            Exposure exposure = Exposure.of(data, List.of(ProcessHandle.current()));
            assertThat(exposure.sockets()).hasSizeGreaterThanOrEqualTo(5).allMatch(socket -> socket.loopback());
            assertThat(exposure.openFiles()).isEmpty();
            assertThat(exposure.secrets()).isEmpty();
            Path readable = Files.writeString(data.root().resolve("readable"), "");
            Files.setPosixFilePermissions(readable, PosixFilePermissions.fromString("rw-r--r--"));
            Files.setPosixFilePermissions(data.root(), PosixFilePermissions.fromString("rwx--x--x"));
            assertThat(Exposure.of(data, List.of()).openFiles())
                    .extracting("path")
                    .containsExactly(readable);
        }
    }

    private static long unencryptedSessions(Endpoints endpoints) throws Exception {
        try (Connection connection = endpoints.database("migrator").dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT count(*) FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid)
                        WHERE a.backend_type = 'client backend' AND s.ssl IS NOT TRUE""")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static String get(HttpAddress address, String url) throws Exception {
        return address.newClient()
                .build()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static Iterable<String> topics(KafkaSettings kafka) throws Exception {
        try (Admin admin = kafka.admin(Map.of("request.timeout.ms", "1000", "default.api.timeout.ms", "2000"))) {
            return admin.listTopics().names().get(10, TimeUnit.SECONDS);
        }
    }
}
