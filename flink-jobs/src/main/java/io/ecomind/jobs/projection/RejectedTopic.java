package io.ecomind.jobs.projection;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.jobs.totals.UsageTotalsTopic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Writes to events.rejected and waits for the acknowledgement. Such rejections are rare, so each has a producer of its own that
 * is closed again. Stateless.
 */
final class RejectedTopic {
    private static final long PATIENCE_SECONDS = 30;

    private final KafkaSettings kafkaSettings;

    RejectedTopic(KafkaSettings kafkaSettings) {
        this.kafkaSettings = kafkaSettings;
    }

    /**
     * Returns when it is acknowledged. Like those of the enrichment it goes to the partition that the record had in
     * events.raw.
     *
     * @throws IOException when it is not, half a minute later at the latest
     */
    void send(Rejection rejection) throws IOException, InterruptedException {
        byte[] key =
                rejection.getOrgId().isEmpty() ? null : rejection.getOrgId().getBytes(StandardCharsets.UTF_8);
        int partition = Math.floorMod(rejection.getRawPartition(), Topic.EVENTS_REJECTED.partitions());
        try (KafkaProducer<byte[], byte[]> producer = UsageTotalsTopic.newProducer(kafkaSettings)) {
            producer.send(new ProducerRecord<>(
                            Topic.EVENTS_REJECTED.topicName(), partition, key, rejection.toByteArray()))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptException e) {
            Thread.interrupted();
            throw new InterruptedException(e.getMessage());
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw new IOException("a record that the tables cannot hold could not be written to events.rejected", e);
        }
    }
}
