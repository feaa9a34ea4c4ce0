package io.ecomind.ingest.publish;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.ingest.GatewayMetrics;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/** Writes to the partitions of events.raw that are quiet, so that time moves when nobody calls. Thread-safe. */
public final class Heartbeats implements AutoCloseable {
    private final EventPublisher publisher;
    private final ReceivedClock received;
    private final GatewayMetrics metrics;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "ingest-heartbeat");
        thread.setDaemon(true);
        return thread;
    });

    public Heartbeats(EventPublisher publisher, ReceivedClock received, GatewayMetrics metrics) {
        this.publisher = publisher;
        this.received = received;
        this.metrics = metrics;
    }

    public void start(Duration interval) {
        timer.scheduleAtFixedRate(this::tick, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            // Known before it is needed: a rejection does not wait for metadata longer than a send may.
            publisher.partitionsOf(Topic.EVENTS_REJECTED.topicName());
            int partitions = publisher.partitionsOf(Topic.EVENTS_RAW.topicName());
            for (int partition = 0; partition < partitions; partition++) {
                if (!publisher.wasBusy(partition)) {
                    beat(partition);
                }
            }
        } catch (KafkaException | IllegalStateException failure) {
            metrics.heartbeatFailed();
        }
    }

    private void beat(int partition) {
        byte[] value = RawRecord.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(received.lowWatermark()))
                .build()
                .toByteArray();
        publisher.probe(
                new ProducerRecord<>(Topic.EVENTS_RAW.topicName(), partition, null, value), (metadata, failure) -> {
                    if (failure != null) {
                        metrics.heartbeatFailed();
                    }
                });
    }

    @Override
    public void close() {
        timer.shutdownNow();
        try {
            if (!timer.awaitTermination(EventPublisher.MAX_BLOCK.toMillis() * 2, TimeUnit.MILLISECONDS)) {
                // A daemon thread; the producer's close ends its wait.
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
