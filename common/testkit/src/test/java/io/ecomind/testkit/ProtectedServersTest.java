package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.connect.TopicProvisioner;
import io.ecomind.contracts.Topic;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The servers let in nobody without a password, with and without TLS. */
@Tag("integration")
class ProtectedServersTest {
    private static final Map<String, ?> IMPATIENT = Map.of(
            "request.timeout.ms",
            "2000",
            "default.api.timeout.ms",
            "3000",
            "delivery.timeout.ms",
            "3000",
            "linger.ms",
            "0");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void postgres_asks_for_a_password(boolean tls) throws Exception {
        int port = FreePorts.find(1)[0];
        try (var server = postgres(port, tls)) {
            server.createDatabase("owner-password");
            try (Connection connection = server.dataSource(EmbeddedPostgresServer.owner(), "owner-password")
                            .getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getBoolean(1)).isEqualTo(tls);
            }
            assertThat(server.jdbcUrl().contains("sslmode=verify-full")).isEqualTo(tls);
            String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
            assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", ""))
                    .isInstanceOf(SQLException.class);
            if (tls) {
                assertThatThrownBy(() -> DriverManager.getConnection(
                                url + "?sslmode=disable", EmbeddedPostgresServer.owner(), "owner-password"))
                        .hasMessageContaining("no encryption");
                assertThatThrownBy(() -> DriverManager.getConnection(
                                url + "?sslmode=verify-full&sslrootcert=" + otherAuthority(),
                                EmbeddedPostgresServer.owner(),
                                "owner-password"))
                        .hasMessageContaining("SSL");
            }
        }
    }

    @Test
    void postgres_data_without_a_password_get_one_before_the_server_listens() throws Exception {
        int port = FreePorts.find(1)[0];
        try (var server = postgres(port, false)) {
            server.createDatabase("owner-password");
        }
        // What an interrupted start of an earlier version could leave.
        Path folder = directory.resolve("postgres");
        Path rules = folder.resolve("data").resolve("pg_hba.conf");
        String protectedRules = Files.readString(rules);
        Files.writeString(rules, "host all all 127.0.0.1/32 trust\n");
        Files.delete(folder.resolve("superuser.password"));

        try (var server = postgres(port, false)) {
            assertThat(server.port()).isEqualTo(port);
            assertThat(Files.readString(rules)).isEqualTo(protectedRules).contains("scram-sha-256");
            assertThatThrownBy(() -> DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "anything"))
                    .hasMessageContaining("password authentication failed");
            server.createDatabase("owner-password");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void kafka_takes_records_from_its_users_only(boolean tls) throws Exception {
        int[] ports = FreePorts.find(2);
        var access = new BrokerAccess(
                Map.of(
                        "broker", new Secret("broker-password"),
                        "operator", new Secret("operator-password"),
                        "reader", new Secret("reader-password")),
                List.of("broker", "operator"),
                tls ? certificate("kafka") : null);
        try (var broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1], access)) {
            KafkaSettings operator = access.client(broker.bootstrapServers(), "operator");
            assertThat(operator.protocol()).isEqualTo(tls ? "SASL_SSL" : "SASL_PLAINTEXT");
            TopicProvisioner.create(operator, (short) 1);
            send(operator);

            assertThatThrownBy(() -> send(access.client(broker.bootstrapServers(), "reader")))
                    .hasRootCauseInstanceOf(TopicAuthorizationException.class);
            var wrong = new BrokerAccess(
                    Map.of("operator", new Secret("another-password")), List.of("operator"), access.tls());
            assertThatThrownBy(() -> send(wrong.client(broker.bootstrapServers(), "operator")))
                    .rootCause()
                    .hasMessageContaining("Authentication failed");
            // The listener of the controllers is not open either.
            for (int port : ports) {
                assertThatThrownBy(() -> topics(KafkaSettings.plaintext("127.0.0.1:" + port)))
                        .isInstanceOf(ExecutionException.class);
            }
            assertThat(topics(operator)).contains(Topic.EVENTS_RAW.topicName());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void redis_answers_its_user_only_and_knows_no_command_that_touches_files(boolean tls) throws Exception {
        int port = FreePorts.find(1)[0];
        var options = new EmbeddedRedisServer.RedisOptions(
                new Secret("redis-password"), null, tls ? certificate("redis") : null, false);
        try (var redis = EmbeddedRedisServer.start(directory.resolve("redis"), port, options)) {
            assertThat(redis.settings().encrypted()).isEqualTo(tls);
            if (tls) {
                assertThat(ask(port, "PING\r\n")).doesNotContain("PONG");
                return;
            }
            assertThat(ask(port, "PING\r\n")).startsWith("-NOAUTH");
            String login = "AUTH ecomind redis-password\r\n";
            assertThat(ask(port, login + "PING\r\n")).isEqualTo("+OK\r\n+PONG\r\n");
            for (String command : List.of("CONFIG GET dir", "DEBUG SLEEP 1", "MODULE LIST", "SLAVEOF NO ONE", "SAVE")) {
                assertThat(ask(port, login + command + "\r\n")).startsWith("+OK\r\n-ERR unknown command");
            }
            for (String command : List.of(
                    "FLUSHALL",
                    "KEYS *",
                    "SCRIPT FLUSH",
                    "SUBSCRIBE all",
                    "SET ecomind:ingest:a 1",
                    "GET another:key",
                    "EVAL \"return redis.call('GET', 'another:key')\" 0",
                    "EVAL \"return redis.call('KEYS', '*')\" 0")) {
                assertThat(ask(port, login + command + "\r\n"))
                        .as(command)
                        .startsWith("+OK\r\n-")
                        .containsPattern("permission|can't (?:run|access)");
            }
            assertThat(ask(port, login + "EVAL \"return redis.call('GET', KEYS[1])\" 1 ecomind:ingest:a\r\n"))
                    .isEqualTo("+OK\r\n$-1\r\n");
        }
        assertThat(Files.readString(directory.resolve("redis").resolve("redis.conf")))
                .doesNotContain("redis-password");
    }

    private EmbeddedPostgresServer postgres(int port, boolean tls) {
        return EmbeddedPostgresServer.start(
                directory.resolve("postgres"),
                Path.of("target", "embedded-postgres").toAbsolutePath(),
                port,
                tls ? certificate("postgres") : null);
    }

    private @Nullable CertificateFiles certificate(String server) {
        return ThrowawayAuthority.create(directory.resolve("tls")).issue(server);
    }

    private Path otherAuthority() {
        return ThrowawayAuthority.create(directory.resolve("other")).certificate();
    }

    private static void send(KafkaSettings kafka) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(IMPATIENT)) {
            producer.send(new ProducerRecord<>(Topic.EVENTS_RAW.topicName(), new byte[] {1}))
                    .get(10, TimeUnit.SECONDS);
        }
    }

    private static Iterable<String> topics(KafkaSettings kafka) throws Exception {
        try (Admin admin = kafka.admin(Map.of("request.timeout.ms", "1000", "default.api.timeout.ms", "2000"))) {
            return admin.listTopics().names().get(10, TimeUnit.SECONDS);
        }
    }

    /** Sends commands as plain text and returns what is answered until the server closes or has nothing more to say. */
    private static String ask(int port, String commands) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((commands + "QUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            try (InputStream in = socket.getInputStream()) {
                String answer = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
                return answer.endsWith("+OK\r\n") ? answer.substring(0, answer.length() - 5) : answer;
            }
        } catch (SocketException refused) {
            return "";
        }
    }
}
