package io.ecomind.worker;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.EnvReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.service.http.ManagementAddress;
import java.time.Duration;

/**
 * The settings of the worker. Immutable.
 *
 * @param management of health and metrics, the only port
 * @param jdbcUrl without user and password
 * @param user the role ecomind_worker, or one with its rights
 * @param reconcileEvery time between two rounds of the check of events.raw
 */
public record WorkerConfig(
        ManagementAddress management,
        String jdbcUrl,
        String user,
        Secret password,
        KafkaSettings kafka,
        Duration reconcileEvery) {

    /** Reads all settings; {@link EnvReader#check} then tells what is missing or wrong. */
    public static WorkerConfig fromEnv(EnvReader env) {
        ManagementAddress management = ManagementAddress.fromEnv(env, "ECOMIND_HTTP_HOST", "ECOMIND_HTTP_PORT", 8082);
        DatabaseSettings database = DatabaseSettings.fromEnv(env, "ecomind_worker");
        return new WorkerConfig(
                management,
                database.jdbcUrl(),
                database.user(),
                database.password(),
                KafkaSettings.fromEnv(env),
                Duration.ofSeconds(env.integer("ECOMIND_RECONCILE_SECONDS", 60, 1, 86_400)));
    }
}
