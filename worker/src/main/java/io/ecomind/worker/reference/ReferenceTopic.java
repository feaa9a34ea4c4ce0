package io.ecomind.worker.reference;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * The writing side of the topic reference. Not thread-safe. A method that returns has Kafka's word; one that throws
 * {@link KafkaException} may have written something, which the next try repeats: readers keep the highest version.
 */
final class ReferenceTopic implements AutoCloseable {
    /** Key of the record that is no entity's. */
    static final String MANIFEST_KEY = "manifest";

    private static final TopicPartition PARTITION = new TopicPartition(Topic.REFERENCE.topicName(), 0);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final Producer<byte[], byte[]> producer;
    private final Admin admin;

    ReferenceTopic(KafkaSettings kafkaSettings) {
        String millis = Long.toString(ANSWER.toMillis());
        this.producer = kafkaSettings.producer(Map.of(
                "client.id", "reference-publisher",
                "acks", "all",
                "enable.idempotence", "true",
                "linger.ms", "5",
                "max.block.ms", millis,
                "request.timeout.ms", "5000",
                "delivery.timeout.ms", millis));
        try {
            this.admin = kafkaSettings.admin(Map.of(
                    "client.id",
                    "reference-publisher",
                    "request.timeout.ms",
                    "5000",
                    "default.api.timeout.ms",
                    millis));
        } catch (KafkaException e) {
            producer.close(CLOSE);
            throw e;
        }
    }

    /** True when nothing was ever written. */
    boolean isEmpty() throws InterruptedException {
        return await(admin.listOffsets(Map.of(PARTITION, OffsetSpec.latest())).partitionResult(PARTITION))
                        .offset()
                == 0;
    }

    /** Writes the entries in their order. */
    void send(List<ReferenceEntry> entries) throws InterruptedException {
        List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
        for (ReferenceEntry entry : entries) {
            acknowledgements.add(send(
                    entry.getKey(), ReferenceRecord.newBuilder().setEntry(entry).build()));
        }
        for (Future<RecordMetadata> acknowledgement : acknowledgements) {
            await(acknowledgement);
        }
    }

    void send(ReferenceManifest manifest) throws InterruptedException {
        await(send(
                MANIFEST_KEY, ReferenceRecord.newBuilder().setManifest(manifest).build()));
    }

    @Override
    public void close() {
        // What is still in flight was not acknowledged and is sent again; waiting for it gains nothing.
        producer.close(Duration.ZERO);
        admin.close(CLOSE);
    }

    private Future<RecordMetadata> send(String key, ReferenceRecord record) {
        return producer.send(new ProducerRecord<>(
                PARTITION.topic(), PARTITION.partition(), key.getBytes(StandardCharsets.UTF_8), record.toByteArray()));
    }

    private static <T> T await(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new KafkaException(String.valueOf(e.getCause()), e.getCause());
        }
    }
}
