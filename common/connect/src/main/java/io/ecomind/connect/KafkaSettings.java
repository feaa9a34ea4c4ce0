package io.ecomind.connect;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Where Kafka is, and how its clients prove who they are and whom they talk to. Every client of every process and job is
 * made by this class, or from its {@link #properties}. Immutable. {@link #toString} shows no secret.
 *
 * <p>The names of the settings are those of Kafka's clients: {@code security.protocol}, {@code sasl.…} and {@code ssl.…}.
 */
public final class KafkaSettings implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final String PROTOCOL = "security.protocol";
    private static final String BOOTSTRAP = "bootstrap.servers";
    private static final List<String> PROTOCOLS = List.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL");

    private final String bootstrapServers;

    /** A class that Java serializes, because jobs carry their settings to the machines that they run on. */
    private final TreeMap<String, String> security;

    private KafkaSettings(String bootstrapServers, Map<String, String> security) {
        this.bootstrapServers = bootstrapServers;
        this.security = new TreeMap<>(security);
    }

    /** Without encryption and without credentials. */
    public static KafkaSettings plaintext(String bootstrapServers) {
        return new KafkaSettings(bootstrapServers, Map.of());
    }

    /**
     * With settings of Kafka's clients.
     *
     * @throws IllegalArgumentException when one of them does not belong here; it is named, its value is not
     */
    public static KafkaSettings of(String bootstrapServers, Map<String, String> security) {
        for (String name : security.keySet()) {
            if (!name.equals(PROTOCOL) && !name.startsWith("sasl.") && !name.startsWith("ssl.")) {
                throw new IllegalArgumentException(
                        "the settings of Kafka are " + PROTOCOL + ", sasl.… and ssl.…; " + name + " is none of them");
            }
        }
        if (!security.isEmpty() && !PROTOCOLS.contains(security.getOrDefault(PROTOCOL, ""))) {
            // Kafka's own default is PLAINTEXT, which would leave certificates and passwords unused without a word.
            throw new IllegalArgumentException(PROTOCOL + " must be one of " + PROTOCOLS);
        }
        return new KafkaSettings(bootstrapServers, security);
    }

    /**
     * With the settings of a file of properties.
     *
     * @param file null: {@link #plaintext}
     * @throws IllegalArgumentException when it cannot be read, or has something else in it
     */
    public static KafkaSettings load(String bootstrapServers, @Nullable Path file) {
        return file == null ? plaintext(bootstrapServers) : of(bootstrapServers, SettingsFile.read(file));
    }

    /** Reads ECOMIND_KAFKA_BOOTSTRAP_SERVERS and ECOMIND_KAFKA_CONFIG. */
    public static KafkaSettings fromEnv(EnvReader env) {
        String servers = env.text("ECOMIND_KAFKA_BOOTSTRAP_SERVERS", null);
        return env.settings("ECOMIND_KAFKA_CONFIG", file -> load(servers, file), plaintext(servers));
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** Such as SASL_SSL. */
    public String protocol() {
        return security.getOrDefault(PROTOCOL, "PLAINTEXT");
    }

    /** The settings without the bootstrap servers; secret. */
    public Map<String, String> security() {
        return Map.copyOf(security);
    }

    /** The settings for a client that a library makes; secret. */
    public Properties properties() {
        var properties = new Properties();
        properties.setProperty(BOOTSTRAP, bootstrapServers);
        security.forEach(properties::setProperty);
        return properties;
    }

    /** A client that asks and changes the cluster. */
    public Admin admin(Map<String, ?> settings) {
        return Admin.create(with(settings));
    }

    /** A producer of bytes. */
    public KafkaProducer<byte[], byte[]> producer(Map<String, ?> settings) {
        return new KafkaProducer<>(with(settings), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** A consumer of bytes. */
    public KafkaConsumer<byte[], byte[]> consumer(Map<String, ?> settings) {
        return new KafkaConsumer<>(with(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> with(Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(BOOTSTRAP, bootstrapServers);
        all.putAll(security);
        return all;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KafkaSettings that
                && bootstrapServers.equals(that.bootstrapServers)
                && security.equals(that.security);
    }

    @Override
    public int hashCode() {
        return 31 * bootstrapServers.hashCode() + security.hashCode();
    }

    @Override
    public String toString() {
        return "KafkaSettings[" + bootstrapServers + ", " + protocol() + "]";
    }
}
