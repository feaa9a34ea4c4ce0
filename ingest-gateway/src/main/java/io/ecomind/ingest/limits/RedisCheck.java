package io.ecomind.ingest.limits;

import io.ecomind.service.http.ReadinessCheck;
import org.jspecify.annotations.Nullable;

/** Says on the readiness page whether limits are shared. Without Redis the gateway is ready all the same. Thread-safe. */
public final class RedisCheck implements ReadinessCheck {
    private final Quotas quotas;

    public RedisCheck(Quotas quotas) {
        this.quotas = quotas;
    }

    @Override
    public @Nullable String problem() {
        return null;
    }

    @Override
    public @Nullable String note() {
        return quotas.note();
    }
}
