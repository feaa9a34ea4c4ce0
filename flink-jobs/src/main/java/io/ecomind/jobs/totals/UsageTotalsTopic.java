package io.ecomind.jobs.totals;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.UsageTotal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** Writes to usage.totals and waits for the acknowledgement. Not thread-safe. */
public final class UsageTotalsTopic implements AutoCloseable {
    private static final String NAME = Topic.USAGE_TOTALS.topicName();

    private final KafkaSettings kafkaSettings;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    UsageTotalsTopic(KafkaSettings kafkaSettings) {
        this.kafkaSettings = kafkaSettings;
    }

    /**
     * Returns when all are acknowledged.
     *
     * @throws KafkaException when some are not acknowledged within half a minute; the next call opens a new producer
     */
    void send(Collection<UsageTotal> totals) throws InterruptedException {
        try {
            KafkaProducer<byte[], byte[]> open = open();
            // When no broker answers, this is one wait instead of one for each total.
            open.partitionsFor(NAME);
            List<Future<?>> sent = new ArrayList<>(totals.size());
            for (UsageTotal total : totals) {
                byte[] key = TotalScope.kafkaKey(total).getBytes(StandardCharsets.UTF_8);
                sent.add(open.send(new ProducerRecord<>(NAME, key, total.toByteArray())));
            }
            open.flush();
            for (Future<?> one : sent) {
                one.get();
            }
        } catch (InterruptException e) {
            Thread.interrupted();
            throw new InterruptedException(e.getMessage());
        } catch (ExecutionException e) {
            close();
            throw new KafkaException("a total was not acknowledged", e.getCause());
        } catch (KafkaException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    private KafkaProducer<byte[], byte[]> open() {
        if (producer == null) {
            producer = newProducer(kafkaSettings);
        }
        return producer;
    }

    /** All replicas must acknowledge; a send that is not acknowledged fails within half a minute. */
    public static KafkaProducer<byte[], byte[]> newProducer(KafkaSettings kafkaSettings) {
        return kafkaSettings.producer(Map.of(
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "lz4",
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 * 1024,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                10_000,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                10_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                20_000));
    }
}
