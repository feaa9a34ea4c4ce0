package io.ecomind.connect;

import io.ecomind.contracts.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
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
import org.jspecify.annotations.Nullable;

/**
 * Reads committed records of a topic up to ends that the caller has captured, partition after partition in the order of
 * their offsets. Not thread-safe.
 *
 * <p>An end is an offset, not a record: transaction markers and what compaction has removed take offsets too. So reading
 * ends when the consumer's position has reached the end. A position that does not move for a minute fails the read,
 * because a reader of committed records waits for ever behind a transaction that was left open. A request to the brokers
 * that is not answered within 20 seconds fails as well. Every failure is a {@link KafkaException}.
 */
public final class KafkaLogReader implements AutoCloseable {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final byte[] NO_VALUE = {};

    private final KafkaSettings kafkaSettings;
    private final Admin admin;
    private @Nullable KafkaConsumer<byte[], byte[]> openConsumer;

    /**
     * Some records of a partition.
     *
     * @param position the offset behind them and behind the markers that follow
     */
    public record RecordChunk(List<ConsumerRecord<byte[], byte[]>> records, long position) {}

    /** Takes one record; a record without a value comes with an empty one. */
    @FunctionalInterface
    public interface RecordVisitor {
        void visit(int partition, long offset, byte[] value);
    }

    public KafkaLogReader(KafkaSettings kafkaSettings) {
        this.kafkaSettings = kafkaSettings;
        admin = kafkaSettings.admin(Map.of());
    }

    public Admin admin() {
        return admin;
    }

    /** The offsets that a consumer group has committed for a topic; a partition without a commit is absent. */
    public Map<Integer, Long> committed(String group, Topic topic) {
        Map<Integer, Long> offsets = new TreeMap<>();
        get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .forEach((partition, offset) -> {
                    // Kafka reports a partition without a commit as null.
                    if (offset != null && partition.topic().equals(topic.topicName())) {
                        offsets.put(partition.partition(), offset.offset());
                    }
                });
        return offsets;
    }

    /** The first offset of each partition that Kafka still has. */
    public SortedMap<Integer, Long> begins(Topic topic) {
        return offsets(topic, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /** The end of each partition, records of open transactions included. */
    public SortedMap<Integer, Long> ends(Topic topic) {
        return offsets(topic, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /** The last stable offset of each partition: no transaction is open below it. */
    public SortedMap<Integer, Long> stableEnds(Topic topic) {
        return offsets(topic, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    }

    /** The offset of the first record that was appended at a moment or later; empty when there is none. */
    public OptionalLong offsetAt(Topic topic, int partition, Instant moment) {
        var asked = new TopicPartition(topic.topicName(), partition);
        long offset = get(admin.listOffsets(Map.of(asked, OffsetSpec.forTimestamp(moment.toEpochMilli())))
                        .partitionResult(asked))
                .offset();
        return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    /** Visits every record below the ends, from the first that Kafka still has. */
    public void read(Topic topic, Map<Integer, Long> ends, RecordVisitor visitor) {
        new TreeMap<>(ends).forEach((partition, end) -> read(topic, partition, end, visitor, passed -> {}));
    }

    /**
     * Visits every record of a partition below the end, from the first that Kafka still has.
     *
     * @param progress gets the number of offsets that were passed since its last call
     */
    public void read(Topic topic, int partition, long end, RecordVisitor visitor, LongConsumer progress) {
        TopicPartition assigned = assign(topic, partition);
        consumer().seekToBeginning(List.of(assigned));
        poll(assigned, end, () -> false, visit(visitor), progress);
    }

    /** Visits the records of a partition from an offset on, until the end or until enough have been seen. */
    public void readFrom(
            Topic topic, int partition, long from, long end, BooleanSupplier enough, RecordVisitor visitor) {
        TopicPartition assigned = assign(topic, partition);
        consumer().seek(assigned, from);
        poll(assigned, end, enough, visit(visitor), passed -> {});
    }

    /** Some records of a partition from an offset on, all below the end. */
    public RecordChunk chunk(Topic topic, int partition, long from, long end) {
        TopicPartition assigned = assign(topic, partition);
        consumer().seek(assigned, from);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        poll(assigned, end, () -> !records.isEmpty(), records::add, passed -> {});
        return new RecordChunk(records, Math.min(end, consumer().position(assigned)));
    }

    /** The records with these offsets, in order; an offset that has no record any more is left out. */
    public List<ConsumerRecord<byte[], byte[]>> pick(Topic topic, int partition, Set<Long> offsets) {
        List<ConsumerRecord<byte[], byte[]>> picked = new ArrayList<>();
        if (offsets.isEmpty()) {
            return picked;
        }
        TopicPartition assigned = assign(topic, partition);
        var wanted = new TreeSet<>(offsets);
        long end = wanted.last() + 1;
        for (long next : wanted) {
            // A poll often brings several of them.
            if (picked.isEmpty() || picked.get(picked.size() - 1).offset() < next) {
                consumer().seek(assigned, next);
                poll(
                        assigned,
                        end,
                        () -> consumer().position(assigned) > next,
                        record -> {
                            if (wanted.contains(record.offset())) {
                                picked.add(record);
                            }
                        },
                        passed -> {});
            }
        }
        return picked;
    }

    /** All values of a partition below the end, in order. */
    public List<byte[]> values(Topic topic, int partition, long end) {
        List<byte[]> values = new ArrayList<>();
        read(topic, Map.of(partition, end), (number, offset, value) -> values.add(value));
        return values;
    }

    /** Waits for Kafka's answer, bounded. */
    public static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(REQUEST_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new KafkaException("Kafka does not answer: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new KafkaException("Kafka does not answer within " + REQUEST_TIMEOUT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    @Override
    public void close() {
        if (openConsumer != null) {
            openConsumer.close(Duration.ofSeconds(2));
        }
        admin.close(Duration.ofSeconds(2));
    }

    private void poll(
            TopicPartition partition,
            long end,
            BooleanSupplier enough,
            Consumer<ConsumerRecord<byte[], byte[]>> visitor,
            LongConsumer progress) {
        long lastMove = System.nanoTime();
        long position = consumer().position(partition);
        while (position < end && !enough.getAsBoolean()) {
            for (var record : consumer().poll(POLL).records(partition)) {
                if (record.offset() < end) {
                    visitor.accept(record);
                }
            }
            long now = consumer().position(partition);
            if (now > position) {
                lastMove = System.nanoTime();
                progress.accept(Math.min(now, end) - position);
            } else if (System.nanoTime() - lastMove > STALL_TIMEOUT.toNanos()) {
                throw new KafkaException(partition + " could not be read beyond offset " + position + " (its end is "
                        + end + ") for " + STALL_TIMEOUT.toSeconds() + " s; is a transaction left open?");
            }
            position = now;
        }
    }

    private TopicPartition assign(Topic topic, int partition) {
        var assigned = new TopicPartition(topic.topicName(), partition);
        consumer().assign(List.of(assigned));
        return assigned;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        KafkaConsumer<byte[], byte[]> open = openConsumer;
        if (open == null) {
            Map<String, Object> settings = Map.of(
                    "isolation.level",
                    "read_committed",
                    "enable.auto.commit",
                    "false",
                    "auto.offset.reset",
                    "earliest",
                    // A fetch that waits at the end of one partition holds up the first fetch of the next.
                    "fetch.max.wait.ms",
                    "20",
                    // Small fetches: readers live in half a gigabyte, or beside a job.
                    "fetch.max.bytes",
                    "8388608",
                    "max.partition.fetch.bytes",
                    "8388608",
                    "max.poll.records",
                    "5000");
            open = kafkaSettings.consumer(settings);
            openConsumer = open;
        }
        return open;
    }

    private static Consumer<ConsumerRecord<byte[], byte[]>> visit(RecordVisitor visitor) {
        return record ->
                visitor.visit(record.partition(), record.offset(), record.value() == null ? NO_VALUE : record.value());
    }

    private SortedMap<Integer, Long> offsets(Topic topic, OffsetSpec spec, IsolationLevel isolation) {
        int partitions = get(admin.describeTopics(List.of(topic.topicName())).allTopicNames())
                .values()
                .iterator()
                .next()
                .partitions()
                .size();
        Map<TopicPartition, OffsetSpec> asked = IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toMap(p -> new TopicPartition(topic.topicName(), p), p -> spec));
        SortedMap<Integer, Long> offsets = new TreeMap<>();
        get(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
                .forEach((partition, found) -> offsets.put(partition.partition(), found.offset()));
        return offsets;
    }
}
