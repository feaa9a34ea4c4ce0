package io.ecomind.testkit;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.TopicProvisioner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker (KRaft, broker and controller in one) inside this JVM, on loopback, whose data outlives the
 * process. Replication is 1: good for one machine, not for production.
 */
public final class EmbeddedKafkaBroker implements AutoCloseable {
    /** Longest that a transaction may stay open: a laptop that sleeps over a long weekend still commits. */
    public static final Duration MAX_TRANSACTION = Duration.ofDays(7);

    private final KafkaRaftServer server;
    private final int port;

    private EmbeddedKafkaBroker(KafkaRaftServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /** Starts a broker that everybody on this machine may use, on the data of {@code directory}. */
    public static EmbeddedKafkaBroker start(Path directory, int port, int controllerPort) {
        return start(directory, port, controllerPort, Map.of());
    }

    /** Starts a broker that asks for passwords, on the data of {@code directory}. */
    public static EmbeddedKafkaBroker start(Path directory, int port, int controllerPort, BrokerAccess access) {
        return start(directory, port, controllerPort, access.broker(port, controllerPort));
    }

    /** The directory is formatted when it is new. */
    private static EmbeddedKafkaBroker start(
            Path directory, int port, int controllerPort, Map<String, String> accessSettings) {
        try {
            PrivateFolders.create(directory);
            Path log = directory.resolve("log");
            if (!Files.exists(log.resolve("meta.properties"))) {
                format(log, 1, Uuid.randomUuid().toString());
            }
            var config = new HashMap<>(settings(log, 1, List.of(controllerPort), port, port));
            config.putAll(accessSettings);
            config.put("transaction.max.timeout.ms", Long.toString(MAX_TRANSACTION.toMillis()));
            // Not logged: the settings of a protected broker hold passwords.
            var server = new KafkaRaftServer(new KafkaConfig(config, false), Time.SYSTEM);
            server.startup();
            return new EmbeddedKafkaBroker(server, port);
        } catch (IOException | RuntimeException e) {
            throw new ServerStartException("Kafka", directory, "", e);
        }
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Creates the topics that are not there yet, with the given replication, on brokers that everybody may use. */
    public static void createTopics(String bootstrapServers, short replication) {
        TopicProvisioner.create(KafkaSettings.plaintext(bootstrapServers), replication);
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    /**
     * Settings of one of some brokers on this machine that are controllers too.
     *
     * @param node from 1 on
     * @param controllerPorts of all nodes, in their order
     * @param port that the broker listens on
     * @param advertisedPort that clients are told
     */
    public static Map<String, String> settings(
            Path log, int node, List<Integer> controllerPorts, int port, int advertisedPort) {
        String voters = IntStream.rangeClosed(1, controllerPorts.size())
                .mapToObj(i -> i + "@127.0.0.1:" + controllerPorts.get(i - 1))
                .collect(Collectors.joining(","));
        int replicas = Math.min(3, controllerPorts.size());
        String replication = Integer.toString(replicas);
        String inSync = Integer.toString(Math.max(1, replicas - 1));
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", Integer.toString(node)),
                Map.entry("controller.quorum.voters", voters),
                Map.entry(
                        "listeners",
                        "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPorts.get(node - 1)),
                Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:" + advertisedPort),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("log.dirs", log.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("min.insync.replicas", inSync),
                Map.entry("offsets.topic.replication.factor", replication),
                Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.replication.factor", replication),
                Map.entry("transaction.state.log.min.isr", inSync),
                Map.entry("transaction.state.log.num.partitions", "4"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("log.cleaner.dedupe.buffer.size", "16777216"),
                // A killed broker may register again when its old session has ended.
                Map.entry("broker.session.timeout.ms", "4000"),
                Map.entry("broker.heartbeat.interval.ms", "1000"),
                Map.entry("num.network.threads", "2"),
                Map.entry("num.io.threads", "4"),
                Map.entry("log.segment.bytes", "134217728"));
    }

    /** Prepares an empty directory for the node of a cluster. */
    public static void format(Path log, int node, String clusterId) {
        var said = new ByteArrayOutputStream();
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(said, true, StandardCharsets.UTF_8))
                    .setNodeId(node)
                    .setClusterId(clusterId)
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setControllerListenerName("CONTROLLER")
                    .setDirectories(List.of(log.toString()))
                    .setMetadataLogDirectory(log.toString())
                    .run();
        } catch (Exception e) {
            throw new IllegalStateException("Kafka's directory could not be formatted: " + said, e);
        }
    }
}
