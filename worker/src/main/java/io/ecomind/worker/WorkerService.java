package io.ecomind.worker;

import io.ecomind.connect.BrokerCheck;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.worker.partitions.PartitionMaintenance;
import io.ecomind.worker.reconciliation.Reconciler;
import io.ecomind.worker.reference.ReferencePublisher;
import io.ecomind.worker.rejections.RejectionsRetention;
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
    private final BrokerCheck brokerCheck;
    private final RejectionsRetention rejectionsRetention;
    private final PartitionMaintenance partitions;

    private WorkerService(
            ReferencePublisher publisher,
            Reconciler reconciler,
            RejectionsRetention rejectionsRetention,
            PartitionMaintenance partitions,
            BrokerCheck brokerCheck) {
        this.publisher = publisher;
        this.reconciler = reconciler;
        this.rejectionsRetention = rejectionsRetention;
        this.partitions = partitions;
        this.brokerCheck = brokerCheck;
    }

    /**
     * Starts publishing reference data, checking what became of each record of events.raw, deleting old rejections, and
     * making partitions.
     */
    public static WorkerService start(WorkerConfig config, Clock clock, PrometheusRegistry metrics) {
        return new WorkerService(
                ReferencePublisher.start(config.jdbcUrl(), config.user(), config.password(), config.kafka(), metrics),
                Reconciler.start(
                        config.jdbcUrl(),
                        config.user(),
                        config.password(),
                        config.kafka(),
                        config.reconcileEvery(),
                        clock,
                        metrics),
                RejectionsRetention.start(config.jdbcUrl(), config.user(), config.password(), metrics),
                PartitionMaintenance.start(config.jdbcUrl(), config.user(), config.password(), metrics),
                BrokerCheck.start(config.kafka()));
    }

    /** Kafka is not among it: reference data waits in the outbox. */
    public Map<String, ReadinessCheck> readiness() {
        return Map.of("reconciliation", reconciler.readiness());
    }

    @Override
    public void close() {
        brokerCheck.close();
        try {
            partitions.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        rejectionsRetention.close();
        reconciler.close();
        publisher.close();
    }
}
