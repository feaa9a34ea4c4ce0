package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
class EmbeddedServersTest {
    @Test
    void postgres_is_durable_and_asks_for_passwords() throws Exception {
        TestDatabase database = TestDatabase.get();

        assertThat(value(database, "SHOW fsync")).isEqualTo("on");
        assertThat(value(database, "SHOW synchronous_commit")).isEqualTo("on");
        assertThat(value(database, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> DriverManager.getConnection(database.jdbcUrl(), "ecomind_api", "wrong"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("password");
    }

    @Test
    void kafka_has_the_topics_of_the_contract() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", TestKafka.bootstrapServers()))) {
            assertThat(admin.listTopics().names().get())
                    .containsAll(Set.of("events.raw", "events.enriched", "events.rejected", "reference"));
        }
    }

    @Test
    void redis_answers(@TempDir Path directory) throws Exception {
        int port = FreePorts.find(1)[0];
        try (var redis = EmbeddedRedisServer.start(directory, port);
                var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(redis.url()).endsWith(":" + port);
            String login = "AUTH " + redis.settings().user() + " "
                    + redis.settings().password().value();
            socket.getOutputStream().write((login + "\r\nPING\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("+OK\r\n+PONG\r\n");
        }
    }

    @Test
    void redis_starts_in_a_folder_with_a_space_and_an_umlaut(@TempDir Path directory) throws Exception {
        Path folder = directory.resolve("a \"döta\" folder");
        int port = FreePorts.find(1)[0];
        try (var redis = EmbeddedRedisServer.start(folder, port)) {
            assertThat(redis.url()).endsWith(":" + port);
            assertThat(folder.resolve("redis.pid")).exists();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void a_redis_that_does_not_start_says_why(@TempDir Path directory) throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> EmbeddedRedisServer.start(directory, port))
                    .isInstanceOf(ServerStartException.class)
                    .hasMessageContaining("Redis did not start in " + directory)
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void postgres_keeps_its_programs_private_and_starts_again_after_a_killed_initdb(@TempDir Path directory)
            throws Exception {
        Path home = directory.resolve("a döta folder");
        Files.createDirectories(home.resolve("data"));
        Files.createFile(home.resolve("data").resolve("half"));
        Files.createFile(home.resolve("initialising"));

        try (var postgres = EmbeddedPostgresServer.start(home, FreePorts.find(1)[0])) {
            postgres.createDatabase("secret");
            assertThat(EmbeddedPostgresServer.running(home)).isPresent();
            for (Path folder : List.of(home, home.resolve("data"), home.resolve("programs"))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                        .as(folder.toString())
                        .isEqualTo("rwx------");
            }
            try (Stream<Path> programs = Files.walk(home.resolve("programs"))) {
                for (Path program :
                        programs.filter(path -> !Files.isSymbolicLink(path)).toList()) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(program)))
                            .as(program.toString())
                            .endsWith("------");
                }
            }
            assertThat(home.resolve("initialising")).doesNotExist();
            assertThat(Path.of("/tmp", ".s.PGSQL." + postgres.port())).doesNotExist();
        }
        assertThat(EmbeddedPostgresServer.running(home)).isEmpty();
    }

    private static String value(TestDatabase database, String query) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }
}
