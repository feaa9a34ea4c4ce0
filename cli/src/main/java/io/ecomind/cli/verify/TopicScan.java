package io.ecomind.cli.verify;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.contracts.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads committed records of a topic, partition after partition, in the order of their offsets. Not thread-safe. */
final class TopicScan implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final KafkaConsumer<byte[], byte[]> consumer;

    /** Takes one record. */
    @FunctionalInterface
    interface Visitor {
        void visit(int partition, long offset, byte[] value);
    }

    TopicScan(String bootstrapServers) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                "false",
                "auto.offset.reset",
                "earliest",
                // A fetch that waits at the end of one partition holds up the first fetch of the next.
                "fetch.max.wait.ms",
                "20",
                // Small fetches: the check has to live in half a gigabyte.
                "fetch.max.bytes",
                "8388608",
                "max.partition.fetch.bytes",
                "8388608",
                "max.poll.records",
                "5000");
        this.consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Visits every record below the ends. */
    void read(Topic topic, Map<Integer, Long> ends, Visitor visitor) {
        for (var end : new TreeMap<>(ends).entrySet()) {
            read(new TopicPartition(topic.topicName(), end.getKey()), end.getValue(), visitor);
        }
    }

    /** The records with these offsets, in order. */
    List<ConsumerRecord<byte[], byte[]>> pick(Topic topic, int number, Set<Long> offsets) {
        var partition = new TopicPartition(topic.topicName(), number);
        List<ConsumerRecord<byte[], byte[]>> picked = new ArrayList<>();
        consumer.assign(List.of(partition));
        for (long next : new TreeSet<>(offsets)) {
            if (!picked.isEmpty() && picked.get(picked.size() - 1).offset() >= next) {
                continue;
            }
            consumer.seek(partition, next);
            long begin = System.nanoTime();
            while (consumer.position(partition) <= next) {
                for (var record : consumer.poll(POLL).records(partition)) {
                    if (offsets.contains(record.offset())) {
                        picked.add(record);
                    }
                }
                if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                    throw new CommandException(partition + " cannot be read at offset " + next);
                }
            }
        }
        return picked;
    }

    /** All values of a topic's first partition. */
    List<byte[]> values(Topic topic, long end) {
        List<byte[]> values = new ArrayList<>();
        read(topic, Map.of(0, end), (partition, offset, value) -> values.add(value));
        return values;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private void read(TopicPartition partition, long end, Visitor visitor) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long lastMove = System.nanoTime();
        long position = consumer.position(partition);
        // The position also passes transaction markers, which are no records.
        while (position < end) {
            for (var record : consumer.poll(POLL).records(partition)) {
                if (record.offset() < end) {
                    visitor.visit(record.partition(), record.offset(), value(record.value()));
                }
            }
            long now = consumer.position(partition);
            if (now > position) {
                lastMove = System.nanoTime();
            } else if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
                throw new CommandException(partition + " cannot be read beyond offset " + position + " (of " + end
                        + ") for " + PATIENCE.toSeconds() + " s; is a transaction left open?");
            }
            position = now;
        }
    }

    private static byte[] value(byte @Nullable [] value) {
        return value == null ? new byte[0] : value;
    }
}
