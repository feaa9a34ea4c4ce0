package io.ecomind.api;

import io.ecomind.service.EnvReader;
import io.ecomind.service.Secret;
import java.time.Duration;

/**
 * The settings of the API. Immutable.
 *
 * @param port 0 takes a free one
 * @param jdbcUrl without user and password
 * @param apiUser the role that answers questions; row-level security applies to it
 * @param workerUser the role that publishes reference data
 * @param keyPepper what API keys are hashed with
 * @param reconcileEvery time between two rounds of the check of events.raw
 */
public record ApiConfig(
        String host,
        int port,
        String jdbcUrl,
        String apiUser,
        Secret apiPassword,
        String workerUser,
        Secret workerPassword,
        Secret keyPepper,
        String bootstrapServers,
        Duration reconcileEvery) {

    /** Reads all settings; {@link EnvReader#check} then tells what is missing or wrong. */
    public static ApiConfig fromEnv(EnvReader env) {
        return new ApiConfig(
                env.text("ECOMIND_HTTP_HOST", "127.0.0.1"),
                env.integer("ECOMIND_HTTP_PORT", 8081, 0, 65_535),
                env.text("ECOMIND_DATABASE_URL", null),
                env.text("ECOMIND_DATABASE_USER", "ecomind_api"),
                new Secret(env.text("ECOMIND_DATABASE_PASSWORD", null)),
                env.text("ECOMIND_WORKER_DATABASE_USER", "ecomind_worker"),
                new Secret(env.text("ECOMIND_WORKER_DATABASE_PASSWORD", null)),
                new Secret(env.text("ECOMIND_API_KEY_PEPPER", null)),
                env.text("ECOMIND_KAFKA_BOOTSTRAP_SERVERS", null),
                Duration.ofSeconds(env.integer("ECOMIND_RECONCILE_SECONDS", 60, 1, 86_400)));
    }
}
