package io.ecomind.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/** A Kafka broker with all topics for the tests of one JVM, shared by all its test classes. Thread-safe. */
public final class TestKafka {
    private static final class Holder {
        private static final EmbeddedKafkaBroker INSTANCE = start();
    }

    private TestKafka() {}

    /** Bootstrap servers of this JVM's broker; started at the first call, stopped when the JVM ends. */
    public static String bootstrapServers() {
        return Holder.INSTANCE.bootstrapServers();
    }

    private static EmbeddedKafkaBroker start() {
        try {
            int[] ports = FreePorts.find(2);
            var broker = EmbeddedKafkaBroker.start(Files.createTempDirectory("ecomind-test-kafka"), ports[0], ports[1]);
            Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            return broker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
