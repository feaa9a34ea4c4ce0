package io.ecomind.dev.chaos;

import io.ecomind.dev.stack.StackException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

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
        int replicas = Math.min(3, all.size());
        String voters = IntStream.range(0, all.size())
                .mapToObj(i -> (i + 1) + "@127.0.0.1:" + all.get(i).controller())
                .collect(Collectors.joining(","));
        var properties = new Properties();
        properties.putAll(Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", Integer.toString(index + 1)),
                Map.entry("controller.quorum.voters", voters),
                Map.entry(
                        "listeners",
                        "PLAINTEXT://127.0.0.1:" + own.broker() + ",CONTROLLER://127.0.0.1:" + own.controller()),
                Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:" + own.proxyPort()),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("log.dirs", log.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("min.insync.replicas", Integer.toString(Math.max(1, replicas - 1))),
                Map.entry("offsets.topic.replication.factor", Integer.toString(replicas)),
                Map.entry("offsets.topic.num.partitions", "2"),
                Map.entry("transaction.state.log.replication.factor", Integer.toString(replicas)),
                Map.entry("transaction.state.log.min.isr", Integer.toString(Math.max(1, replicas - 1))),
                Map.entry("transaction.state.log.num.partitions", "2"),
                Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "2000"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("log.cleaner.dedupe.buffer.size", "16777216"),
                Map.entry("broker.session.timeout.ms", "4000"),
                Map.entry("broker.heartbeat.interval.ms", "1000"),
                Map.entry("num.network.threads", "2"),
                Map.entry("num.io.threads", "4"),
                Map.entry("log.segment.bytes", "134217728")));
        Path file = directory.resolve("server.properties");
        try {
            Files.createDirectories(directory);
            try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                properties.store(out, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var said = new ByteArrayOutputStream();
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(said, true, StandardCharsets.UTF_8))
                    .setNodeId(index + 1)
                    .setClusterId(clusterId)
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setControllerListenerName("CONTROLLER")
                    .setDirectories(List.of(log.toString()))
                    .setMetadataLogDirectory(log.toString())
                    .run();
        } catch (Exception e) {
            throw new StackException("Kafka's directory could not be formatted: " + said, e);
        }
        return file;
    }
}
