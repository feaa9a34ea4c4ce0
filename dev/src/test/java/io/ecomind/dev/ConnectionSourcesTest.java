package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Connections are configured in one place for each server, so that certificates and passwords reach every client. Whoever
 * makes a client otherwise is found here.
 */
class ConnectionSourcesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /**
     * What makes or configures a client, and the only classes that may do so. The tries of a neighbour on the machine have no
     * settings of the installation: they come without any.
     */
    private static final Map<String, List<String>> PLACES = Map.of(
            "\"bootstrap\\.servers\"|BOOTSTRAP_SERVERS_CONFIG|new KafkaProducer<|new KafkaConsumer<|Admin\\.create\\(",
                    List.of("KafkaSettings", "TopicContent"),
            // Flink's builders want the addresses apart, and get the other settings as properties.
            "setBootstrapServers\\(", List.of("KafkaConnectors", "Saboteur"),
            "RedisURI\\.(create|builder)|RedisURI\\.Builder|new RedisURI", List.of("RedisConnections"),
            "RedisClient\\.create\\([^)]", List.of(),
            "DriverManager\\.getConnection|new PGSimpleDataSource",
                    List.of("DatabaseSettings", "EmbeddedPostgresServer", "NeighbourTries"),
            "new HikariConfig", List.of("Pools"),
            // Flink opens these connections itself, with address and login of the job's settings.
            "JdbcConnectionOptionsBuilder|setDBUrl\\(", List.of("JdbcSinks", "EventRows"));

    @Test
    void clients_of_kafka_redis_and_postgresql_are_made_in_one_place_each() throws IOException {
        Map<String, List<Path>> found = new TreeMap<>();
        for (Path file : sources()) {
            String text = Files.readString(file);
            PLACES.forEach((pattern, allowed) -> {
                String name = String.valueOf(file.getFileName()).replace(".java", "");
                if (!allowed.contains(name)
                        && Pattern.compile(pattern).matcher(text).find()) {
                    found.computeIfAbsent(pattern, any -> new ArrayList<>()).add(ROOT.relativize(file));
                }
            });
        }

        assertThat(found).isEmpty();
    }

    @Test
    void each_place_is_there_and_makes_clients() throws IOException {
        Map<String, TreeSet<String>> makers = new TreeMap<>();
        for (Path file : sources()) {
            String text = Files.readString(file);
            PLACES.keySet().stream()
                    .filter(pattern -> Pattern.compile(pattern).matcher(text).find())
                    .forEach(pattern -> makers.computeIfAbsent(pattern, any -> new TreeSet<>())
                            .add(String.valueOf(file.getFileName()).replace(".java", "")));
        }

        PLACES.forEach((pattern, allowed) -> assertThat(makers.getOrDefault(pattern, new TreeSet<>()))
                .as(pattern)
                .containsAll(allowed));
    }

    private static List<Path> sources() throws IOException {
        String main = Path.of("src", "main", "java").toString();
        try (Stream<Path> files = Files.find(
                ROOT,
                20,
                (path, attributes) ->
                        path.toString().endsWith(".java") && path.toString().contains(main))) {
            return files.toList();
        }
    }
}
