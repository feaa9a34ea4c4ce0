package io.ecomind.api;

import com.zaxxer.hikari.HikariDataSource;
import io.ecomind.api.factors.FactorFeatures;
import io.ecomind.api.health.HealthRoutes;
import io.ecomind.api.health.HealthService;
import io.ecomind.api.reconciliation.ReconciliationRoutes;
import io.ecomind.api.reconciliation.ReconciliationService;
import io.ecomind.api.rejected.RejectedRoutes;
import io.ecomind.api.rejected.RejectedService;
import io.ecomind.api.restatements.RatingVersionRoutes;
import io.ecomind.api.restatements.RatingVersionService;
import io.ecomind.api.restatements.RestatementRoutes;
import io.ecomind.api.restatements.RestatementService;
import io.ecomind.api.source.SourceRoutes;
import io.ecomind.api.tenant.QueryLimits;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.api.usage.UsageRoutes;
import io.ecomind.api.usage.UsageService;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.store.Pools;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;

/**
 * The API without its HTTP server: whoever holds it mounts {@link #features} and closes it after the server. Starts
 * while the database is still unavailable. Thread-safe.
 */
public final class ApiService implements AutoCloseable {
    private final HikariDataSource pool;
    private final HikariDataSource keyPool;
    private final Jdbi database;
    private final Authenticator authenticator;
    private final List<HttpFeature> features;

    private ApiService(
            HikariDataSource pool,
            HikariDataSource keyPool,
            Jdbi database,
            Authenticator authenticator,
            List<HttpFeature> features) {
        this.pool = pool;
        this.keyPool = keyPool;
        this.database = database;
        this.authenticator = authenticator;
        this.features = List.copyOf(features);
    }

    /** Opens the pools and makes the routes. */
    public static ApiService create(ApiConfig config, Clock clock) {
        return create(config, clock, QueryLimits.DEFAULT);
    }

    /** The same with other limits of what organisations may ask. */
    public static ApiService create(ApiConfig config, Clock clock, QueryLimits limits) {
        HikariDataSource pool = Pools.open(
                "api",
                config.jdbcUrl(),
                config.apiUser(),
                config.apiPassword(),
                limits.connections().questions());
        HikariDataSource keyPool = Pools.open(
                "api-keys",
                config.jdbcUrl(),
                config.apiUser(),
                config.apiPassword(),
                limits.connections().keys());
        Jdbi database = Jdbi.create(pool).installPlugin(new PostgresPlugin());
        var tenants = new TenantTransactions(database, limits);
        List<HttpFeature> features = new ArrayList<>(List.of(
                new HealthRoutes(new HealthService(tenants)),
                new SourceRoutes(),
                new UsageRoutes(new UsageService(tenants, clock)),
                new RejectedRoutes(new RejectedService(tenants, clock)),
                new RestatementRoutes(new RestatementService(tenants)),
                new RatingVersionRoutes(new RatingVersionService(tenants, clock)),
                new ReconciliationRoutes(new ReconciliationService(tenants))));
        features.addAll(FactorFeatures.create(tenants, clock));
        return new ApiService(pool, keyPool, database, new Authenticator(keyPool, config.keyPepper()), features);
    }

    /** The routes, all under {@code /v1}. */
    public List<HttpFeature> features() {
        return features;
    }

    /** Checks the keys of requests to the routes. */
    public Authenticator authenticator() {
        return authenticator;
    }

    /** What the routes cannot do without. */
    public Map<String, ReadinessCheck> readiness() {
        return Map.of("database", () -> {
            database.useHandle(handle -> handle.execute("SELECT 1"));
            return null;
        });
    }

    @Override
    public void close() {
        authenticator.close();
        keyPool.close();
        pool.close();
    }
}
