package io.ecomind.worker;

import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.worker.partitions.PartitionMaintenance;
import io.ecomind.worker.reconciliation.Reconciler;
import io.ecomind.worker.reference.ReferencePublisher;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.util.Map;

/**
 * The background work of an installation. Several workers may run: advisory locks let one of them do each kind of work,
 * the others stand by. Starts while PostgreSQL and Kafka are still unavailable. Thread-safe.
 */
public final class WorkerService implements AutoCloseable {
    private final ReferencePublisher publisher;
    private final Reconciler reconciler;

    private final PartitionMaintenance partitions;

    private WorkerService(ReferencePublisher publisher, Reconciler reconciler, PartitionMaintenance partitions) {
        this.publisher = publisher;
        this.reconciler = reconciler;
        this.partitions = partitions;
    }

    /** Starts publishing reference data, checking what became of each record of events.raw, and making partitions. */
    public static WorkerService start(WorkerConfig config, Clock clock, PrometheusRegistry metrics) {
        return new WorkerService(
                ReferencePublisher.start(
                        config.jdbcUrl(), config.user(), config.password(), config.bootstrapServers(), metrics),
                Reconciler.start(
                        config.jdbcUrl(),
                        config.user(),
                        config.password(),
                        config.bootstrapServers(),
                        config.reconcileEvery(),
                        clock,
                        metrics),
                PartitionMaintenance.start(config.jdbcUrl(), config.user(), config.password(), metrics));
    }

    /** Kafka is not among it: reference data waits in the outbox. */
    public Map<String, ReadinessCheck> readiness() {
        return Map.of("reconciliation", reconciler.readiness());
    }

    @Override
    public void close() {
        try {
            partitions.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reconciler.close();
        publisher.close();
    }
}
