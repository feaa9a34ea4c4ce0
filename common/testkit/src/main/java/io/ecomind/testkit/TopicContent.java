package io.ecomind.testkit;

import io.ecomind.contracts.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic to its end, for tests. A plain consumer, so that it shares no code with what is tested. Stateless. */
public final class TopicContent {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private TopicContent() {}

    /**
     * All committed records that the topic has now; those of one partition in the order of their offsets.
     *
     * @throws AssertionError when they cannot be read within a minute
     */
    public static List<ConsumerRecord<byte[], byte[]>> read(String bootstrapServers, Topic topic) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                // Short, because a fetch behind the last record of every partition would wait for all of it.
                "fetch.max.wait.ms",
                20);
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, topic.partitions())
                    .mapToObj(partition -> new TopicPartition(topic.topicName(), partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            long deadline = System.nanoTime() + DEADLINE.toNanos();
            // Positions count, not records: transaction markers and compacted records take offsets too.
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError(topic.topicName() + " could not be read within " + DEADLINE.toSeconds()
                            + " s, after " + records.size() + " records");
                }
                consumer.poll(Duration.ofMillis(50)).forEach(records::add);
            }
            return records;
        }
    }
}
