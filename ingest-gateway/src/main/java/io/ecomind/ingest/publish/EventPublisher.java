package io.ecomind.ingest.publish;

import io.ecomind.contracts.Topic;
import io.ecomind.ingest.GatewayConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/**
 * Writes records to Kafka and says when all of a request are acknowledged. Thread-safe. Never waits for an
 * acknowledgement; waits at most {@link #MAX_BLOCK} for metadata or memory.
 *
 * <p>After a failure, and from its start, it rejects at once until any record is acknowledged, so that callers cannot
 * pile up in that wait. The heartbeats, which go on, are the probe.
 */
public final class EventPublisher implements AutoCloseable {
    /** Longest that {@code send} may hold a thread. */
    static final Duration MAX_BLOCK = Duration.ofMillis(500);

    private static final int BATCH_BYTES = 128 * 1024;
    /** Batches that are not full take their whole size, one for each partition. */
    private static final long BUFFER_ABOVE_IN_FLIGHT = 16L << 20;
    /** What a record costs beside its key and value, roughly. */
    private static final int RECORD_OVERHEAD = 64;

    /** More than any topic of ours has; beyond it, two partitions share a flag and one may miss a heartbeat. */
    private static final int MAX_PARTITIONS = 1_024;

    private static final long CLOSED = 0;

    private final KafkaProducer<byte[], byte[]> producer;
    private final Duration ackTimeout;
    private final long maxInFlightBytes;
    private final AtomicLong inFlightBytes = new AtomicLong();
    /** Since when nothing is acknowledged, by {@link System#nanoTime}; {@link #CLOSED} while Kafka works. */
    private final AtomicLong failingSince = new AtomicLong(now());

    /** Partitions of events.raw that an event was written to since the last look. */
    private final AtomicIntegerArray busy = new AtomicIntegerArray(MAX_PARTITIONS);

    /**
     * How the sending of some records ended. Immutable.
     *
     * @param lost how many were not acknowledged
     * @param failure null when none was lost
     */
    public record PublishResult(int lost, @Nullable String failure) {
        static final PublishResult ALL_ACKNOWLEDGED = new PublishResult(0, null);
    }

    public EventPublisher(GatewayConfig config) {
        this.ackTimeout = config.ackTimeout();
        this.maxInFlightBytes = config.maxInFlightBytes();
        this.producer = config.kafka().producer(settings(config.ackTimeout(), config.maxInFlightBytes()));
    }

    /** Sends all or, when Kafka is known to be unavailable or too much is waiting, none. The future never fails. */
    public CompletableFuture<PublishResult> send(List<ProducerRecord<byte[], byte[]>> records) {
        String unavailable = unavailableReason();
        if (unavailable != null) {
            return CompletableFuture.completedFuture(new PublishResult(records.size(), unavailable));
        }
        long bytes = 0;
        for (var record : records) {
            bytes += sizeOf(record);
        }
        if (inFlightBytes.addAndGet(bytes) > maxInFlightBytes) {
            inFlightBytes.addAndGet(-bytes);
            return CompletableFuture.completedFuture(
                    new PublishResult(records.size(), "too much is waiting for Kafka's acknowledgement"));
        }
        var acks = new Acks(records.size(), bytes);
        int handedOver = 0;
        // After the first failure the rest would wait for the same thing in vain.
        while (handedOver < records.size() && acks.failure == null) {
            try {
                producer.send(records.get(handedOver), acks);
                handedOver++;
            } catch (KafkaException | IllegalStateException failure) {
                acks.fail(failure);
            }
        }
        acks.without(records.size() - handedOver);
        return acks.done;
    }

    /** Sends one record that may be lost, even while Kafka is unavailable: its acknowledgement ends the outage. */
    void probe(ProducerRecord<byte[], byte[]> record, Callback callback) {
        producer.send(record, (metadata, failure) -> {
            note(failure);
            callback.onCompletion(metadata, failure);
        });
    }

    /** How many partitions a topic has; waits for metadata, like a send. */
    int partitionsOf(String topic) {
        return producer.partitionsFor(topic).size();
    }

    /** Whether an event was written to this partition since the last call. */
    boolean wasBusy(int partition) {
        return busy.getAndSet(partition % MAX_PARTITIONS, 0) != 0;
    }

    public long inFlightBytes() {
        return inFlightBytes.get();
    }

    /** Why nothing would be sent now; null when it would. */
    @Nullable
    public String unavailableReason() {
        long since = failingSince.get();
        return since == CLOSED
                ? null
                : "Kafka has not acknowledged for " + (System.nanoTime() - since) / 1_000_000 + " ms";
    }

    /** Waits until all that was sent is acknowledged or given up, at most for the time of an acknowledgement. */
    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close(ackTimeout);
    }

    private void note(@Nullable Exception failure) {
        if (failure == null) {
            if (failingSince.get() != CLOSED) {
                failingSince.set(CLOSED);
            }
        } else if (failure instanceof RetriableException) {
            // Retriable and yet given up: the time was over. Anything else is about the record, not about Kafka.
            failingSince.compareAndSet(CLOSED, now());
        }
    }

    private static long now() {
        long now = System.nanoTime();
        return now == CLOSED ? 1 : now;
    }

    private static int sizeOf(ProducerRecord<byte[], byte[]> record) {
        byte[] key = record.key();
        return RECORD_OVERHEAD + record.value().length + (key == null ? 0 : key.length);
    }

    private static Map<String, Object> settings(Duration ackTimeout, long maxInFlightBytes) {
        long deliveryMillis = ackTimeout.toMillis();
        int lingerMillis = 5;
        return Map.ofEntries(
                Map.entry("client.id", "ecomind-gateway"),
                Map.entry("acks", "all"),
                Map.entry("enable.idempotence", "true"),
                Map.entry("compression.type", "lz4"),
                Map.entry("linger.ms", Integer.toString(lingerMillis)),
                Map.entry("batch.size", Integer.toString(BATCH_BYTES)),
                Map.entry("buffer.memory", Long.toString(maxInFlightBytes + BUFFER_ABOVE_IN_FLIGHT)),
                Map.entry("max.block.ms", Long.toString(MAX_BLOCK.toMillis())),
                Map.entry("delivery.timeout.ms", Long.toString(deliveryMillis)),
                // Leaves time for a retry on another broker before the caller is told.
                Map.entry("request.timeout.ms", Long.toString(Math.min(5_000, deliveryMillis / 2))),
                Map.entry("reconnect.backoff.ms", "50"),
                Map.entry("reconnect.backoff.max.ms", "1000"),
                Map.entry("retry.backoff.ms", "50"),
                Map.entry("retry.backoff.max.ms", "500"));
    }

    /** Counts the acknowledgements of one call; called by Kafka's thread and by the sender. */
    private final class Acks implements Callback {
        private final CompletableFuture<PublishResult> done = new CompletableFuture<>();
        private final AtomicInteger open;
        private final AtomicInteger lost = new AtomicInteger();
        private final long bytes;
        private volatile @Nullable String failure;

        Acks(int records, long bytes) {
            // One more than there are records, so that nothing is done before the sender is.
            this.open = new AtomicInteger(records + 1);
            this.bytes = bytes;
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception cause) {
            note(cause);
            if (cause != null) {
                lost.incrementAndGet();
                fail(cause);
            } else if (metadata != null && metadata.topic().equals(Topic.EVENTS_RAW.topicName())) {
                busy.set(metadata.partition() % MAX_PARTITIONS, 1);
            }
            close(1);
        }

        void fail(Exception cause) {
            failure = "Kafka did not acknowledge: " + cause.getClass().getSimpleName();
        }

        /** The sender is done and left out so many. */
        void without(int records) {
            lost.addAndGet(records);
            close(records + 1);
        }

        private void close(int count) {
            if (open.addAndGet(-count) == 0) {
                inFlightBytes.addAndGet(-bytes);
                done.complete(
                        failure == null ? PublishResult.ALL_ACKNOWLEDGED : new PublishResult(lost.get(), failure));
            }
        }
    }
}
