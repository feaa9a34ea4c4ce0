package io.ecomind.dev.chaos;

import io.ecomind.testkit.EmbeddedKafkaBroker;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka broker and controller as a process of its own; the argument names its properties file. Clients are told the
 * port of its proxy, so that all of their traffic can be cut.
 */
public final class ChaosBroker {
    private ChaosBroker() {}

    /**
     * Where a broker listens.
     *
     * @param proxyPort what clients connect to
     */
    record Ports(int broker, int controller, int proxyPort) {}

    public static void main(String[] arguments) throws IOException {
        var properties = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of(arguments[0]))) {
            properties.load(in);
        }
        var server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
        server.startup();
        server.awaitShutdown();
    }

    /** Formats the directory of broker {@code index} and writes its properties; returns their file. */
    static Path prepare(Path directory, String clusterId, List<Ports> all, int index) {
        Ports own = all.get(index);
        Path log = directory.resolve("log");
        var properties = new Properties();
        properties.putAll(EmbeddedKafkaBroker.settings(
                log, index + 1, all.stream().map(Ports::controller).toList(), own.broker(), own.proxyPort()));
        // Kafka removes the state of a timed-out transaction within the scenario, not after minutes.
        properties.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "2000");
        Path file = directory.resolve("server.properties");
        try {
            Files.createDirectories(directory);
            try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                properties.store(out, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        EmbeddedKafkaBroker.format(log, index + 1, clusterId);
        return file;
    }
}
