package io.ecomind.worker.reconciliation;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the check tells Prometheus. Thread-safe. */
final class ReconciliationMetrics {
    private final Counter records;
    private final Counter failures;
    private final Gauge missing;
    private final Gauge disputed;
    private final Gauge lag;
    private final Gauge unchanged;
    private volatile @Nullable Instant checkedAt;

    ReconciliationMetrics(PrometheusRegistry registry, Clock clock) {
        records = Counter.builder()
                .name("ecomind_reconciliation_records_total")
                .help("Records of events.raw that this process has checked, by what became of them.")
                .labelNames("outcome")
                .register(registry);
        for (Disposition outcome : Disposition.values()) {
            records.initLabelValues(outcome.label());
        }
        failures = Counter.builder()
                .name("ecomind_reconciliation_failures_total")
                .help("Rounds of the check that failed and are repeated.")
                .register(registry);
        missing = Gauge.builder()
                .name("ecomind_reconciliation_missing")
                .help("Records of events.raw that are neither counted nor rejected, and not repaired yet.")
                .register(registry);
        disputed = Gauge.builder()
                .name("ecomind_days_disputed")
                .help("Days whose two entries differ and which are therefore not sealed.")
                .register(registry);
        lag = Gauge.builder()
                .name("ecomind_ledger_lso_lag_records")
                .help("Records of events.enriched behind the last stable offset.")
                .register(registry);
        unchanged = Gauge.builder()
                .name("ecomind_ledger_lso_stalled_seconds")
                .help("How long a lagging last stable offset of events.enriched has stood still.")
                .register(registry);
        GaugeWithCallback.builder()
                .name("ecomind_reconciliation_checked_age_seconds")
                .help(
                        "How long ago a range of events.raw was checked last, by whichever process; absent before the first.")
                .callback(callback -> {
                    Instant at = checkedAt;
                    if (at != null) {
                        callback.call(Duration.between(at, clock.instant()).toMillis() / 1000.0);
                    }
                })
                .register(registry);
    }

    void checked(RangeCheck range) {
        for (Disposition outcome : Disposition.values()) {
            records.labelValues(outcome.label()).inc(range.count(outcome));
        }
    }

    void status(ReconciliationStatus status) {
        missing.set(status.missing());
        disputed.set(status.disputedDays());
        checkedAt = status.checkedAt();
    }

    void lastStableOffset(LsoStatus status) {
        lag.set(status.lagRecords());
        unchanged.set(status.unchangedFor().toSeconds());
    }

    void failed() {
        failures.inc();
    }
}
