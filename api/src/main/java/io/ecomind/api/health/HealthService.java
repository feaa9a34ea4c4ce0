package io.ecomind.api.health;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.TenantTransactions;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the figures are complete and how they are stored. The answer is kept for a second, so that callers without a
 * key cannot keep the database busy with it. Thread-safe.
 */
public final class HealthService {
    private static final Duration KEPT = Duration.ofSeconds(1);
    private static final String ONLY_ENTRY = "health";

    private final LoadingCache<String, Health> kept;

    /**
     * The state of the tables.
     *
     * @param timePartitioning native or timescaledb
     * @param completeThrough null while it is not known
     */
    record Health(String timePartitioning, @Nullable Instant completeThrough) {}

    public HealthService(TenantTransactions tenants) {
        this.kept = Caffeine.newBuilder()
                .maximumSize(1)
                .expireAfterWrite(KEPT)
                .build(entry -> tenants.readShared(handle -> new Health(
                        HealthStore.timePartitioning(handle),
                        Completeness.completeThrough(handle).orElse(null))));
    }

    Health get() {
        return kept.get(ONLY_ENTRY);
    }
}
