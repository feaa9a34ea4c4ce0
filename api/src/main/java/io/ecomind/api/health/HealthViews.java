package io.ecomind.api.health;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The answers about the service's health. */
final class HealthViews {
    private HealthViews() {}

    /**
     * The answer.
     *
     * @param timePartitioning native or timescaledb
     * @param completeThrough null while it is not known
     */
    record HealthView(
            String status,
            String timePartitioning,
            @Nullable Instant completeThrough) {
        static HealthView of(HealthService.Health health) {
            return new HealthView("ok", health.timePartitioning(), health.completeThrough());
        }
    }
}
