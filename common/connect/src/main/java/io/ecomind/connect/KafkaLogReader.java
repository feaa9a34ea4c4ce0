package io.ecomind.connect;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** The topics as the check reads them. Not thread-safe. Trouble with Kafka is a {@link KafkaException}. */
public final class KafkaLogReader implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(500);

    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** Records from an offset on, and where the reader stands behind them: markers and gaps are no records. */
    public record Chunk(List<ConsumerRecord<byte[], byte[]>> records, long position) {}

    public KafkaLogReader(String bootstrapServers) {
        admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "enable.auto.commit",
                        "false",
                        "auto.offset.reset",
                        "earliest",
                        // Small fetches: the check lives beside the API.
                        "fetch.max.bytes",
                        "4194304",
                        "max.partition.fetch.bytes",
                        "4194304",
                        "max.poll.records",
                        "2000"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    public Admin admin() {
        return admin;
    }

    /** How far the enrichment has committed its place in events.raw, by partition. */
    public Map<Integer, Long> enriched() {
        Map<Integer, Long> through = new HashMap<>();
        get(admin.listConsumerGroupOffsets(ConsumerGroups.ENRICHMENT).partitionsToOffsetAndMetadata())
                .forEach((partition, offset) -> {
                    // Kafka reports a partition without a commit as null.
                    if (offset != null && partition.topic().equals(Topic.EVENTS_RAW.topicName())) {
                        through.put(partition.partition(), offset.offset());
                    }
                });
        return through;
    }

    /** Where the partitions begin. */
    public Map<Integer, Long> begins(Topic topic) {
        return offsets(topic, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /** Where the partitions end, open transactions included. */
    public Map<Integer, Long> ends(Topic topic) {
        return offsets(topic, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /** The last stable offsets: below them no transaction is open. */
    public Map<Integer, Long> stableEnds(Topic topic) {
        return offsets(topic, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    }

    /** Some records of events.raw from an offset on, all below the end. */
    public Chunk read(int partition, long from, long end) {
        var raw = new TopicPartition(Topic.EVENTS_RAW.topicName(), partition);
        consumer.assign(List.of(raw));
        consumer.seek(raw, from);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (records.isEmpty() && consumer.position(raw) < end) {
            for (var record : consumer.poll(POLL).records(raw)) {
                if (record.offset() < end) {
                    records.add(record);
                }
            }
            if (System.nanoTime() > deadline) {
                throw new KafkaException(raw + " cannot be read from offset " + from);
            }
        }
        return new Chunk(records, Math.min(end, consumer.position(raw)));
    }

    /** Which of the offsets of a partition of events.raw a job has rejected, looking at what it wrote since a moment. */
    public Set<Long> rejected(int partition, Set<Long> rawOffsets, Instant since) {
        var topic = new TopicPartition(Topic.EVENTS_REJECTED.topicName(), partition);
        consumer.assign(List.of(topic));
        long end = consumer.endOffsets(List.of(topic)).getOrDefault(topic, 0L);
        var first =
                consumer.offsetsForTimes(Map.of(topic, since.toEpochMilli())).get(topic);
        Set<Long> found = new HashSet<>();
        if (first == null) {
            return found;
        }
        consumer.seek(topic, first.offset());
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (found.size() < rawOffsets.size() && consumer.position(topic) < end) {
            for (var record : consumer.poll(POLL).records(topic)) {
                deadline = System.nanoTime() + TIMEOUT.toNanos();
                Long offset = rawOffset(partition, record);
                if (offset != null && rawOffsets.contains(offset)) {
                    found.add(offset);
                }
            }
            if (System.nanoTime() > deadline) {
                throw new KafkaException(topic + " cannot be read up to offset " + end);
            }
        }
        return found;
    }

    private static @Nullable Long rawOffset(int partition, ConsumerRecord<byte[], byte[]> record) {
        try {
            Rejection rejection = Rejection.parseFrom(record.value() == null ? new byte[0] : record.value());
            // What the gateway refused has no offset; the jobs' rejections have one.
            return rejection.hasRawOffset() && rejection.getRawPartition() == partition
                    ? rejection.getRawOffset()
                    : null;
        } catch (InvalidProtocolBufferException e) {
            // Whoever wrote it, it speaks of no record of events.raw; the projection lists it as undecodable.
            return null;
        }
    }

    private Map<Integer, Long> offsets(Topic topic, OffsetSpec spec, IsolationLevel isolation) {
        int partitions = get(admin.describeTopics(List.of(topic.topicName())).allTopicNames())
                .values()
                .iterator()
                .next()
                .partitions()
                .size();
        Map<TopicPartition, OffsetSpec> wanted = IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toMap(p -> new TopicPartition(topic.topicName(), p), p -> spec));
        Map<Integer, Long> offsets = new HashMap<>();
        get(admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all())
                .forEach((partition, found) -> offsets.put(partition.partition(), found.offset()));
        return offsets;
    }

    public static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("Kafka does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    @Override
    public void close() {
        consumer.close(Duration.ofSeconds(2));
        admin.close(Duration.ofSeconds(2));
    }
}
