package io.ecomind.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
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
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                    .isEqualTo("+PONG");
        }
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
