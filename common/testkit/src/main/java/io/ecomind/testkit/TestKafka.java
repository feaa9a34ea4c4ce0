package io.ecomind.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
            Path directory = Files.createTempDirectory("ecomind-test-kafka");
            var broker = EmbeddedKafkaBroker.start(directory, ports[0], ports[1]);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker, directory)));
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            return broker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void stop(EmbeddedKafkaBroker broker, Path directory) {
        broker.close();
        try {
            PrivateFolders.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
