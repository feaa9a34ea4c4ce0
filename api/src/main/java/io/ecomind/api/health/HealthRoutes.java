package io.ecomind.api.health;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/health}: how far the figures are complete and how they are stored. Needs no key; the answer is kept
 * for a second, so that nobody can keep the database busy with it. Thread-safe.
 */
public final class HealthRoutes implements HttpFeature {
    private static final Duration KEPT = Duration.ofSeconds(1);
    private static final String ONLY_ENTRY = "health";

    private final LoadingCache<String, HealthView> answer;

    /**
     * @param timePartitioning native or timescaledb
     * @param completeThrough null while it is not known
     */
    record HealthView(
            String status,
            String timePartitioning,
            @Nullable String completeThrough) {}

    public HealthRoutes(Jdbi database) {
        this.answer = Caffeine.newBuilder()
                .maximumSize(1)
                .expireAfterWrite(KEPT)
                .build(entry -> database.withHandle(HealthRoutes::look));
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/health", this::answer, Access.PUBLIC);
    }

    private void answer(Context ctx) {
        try {
            JsonViews.answer(ctx, answer.get(ONLY_ENTRY));
        } catch (JdbiException e) {
            throw new AppException(
                    ErrorCode.UNAVAILABLE, "the database does not answer at the moment", Duration.ofSeconds(2));
        }
    }

    private static HealthView look(Handle handle) {
        String path = handle.createQuery("SELECT path FROM time_partitioning")
                .mapTo(String.class)
                .one();
        return new HealthView(
                "ok",
                path,
                JsonViews.moment(Completeness.completeThrough(handle).orElse(null)));
    }
}
