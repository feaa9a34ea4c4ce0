package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DatabaseAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Servers that run already and are used instead of embedded ones. Immutable.
 *
 * @param database a role that owns the schema and may alter the roles of the processes; null: embedded
 * @param kafkaBootstrapServers null: embedded
 * @param redisUrl null: embedded
 */
public record ExternalServices(
        @Nullable DatabaseAddress database,
        @Nullable String kafkaBootstrapServers,
        @Nullable String redisUrl) {
    /** Everything embedded. */
    public static final ExternalServices NONE = new ExternalServices(null, null, null);

    /** Reads ECOMIND_DATABASE_URL, ECOMIND_KAFKA_BOOTSTRAP_SERVERS and ECOMIND_REDIS_URL. */
    public static ExternalServices fromEnv(Map<String, String> env) {
        String database = setting(env, "ECOMIND_DATABASE_URL");
        return new ExternalServices(
                database == null ? null : DatabaseAddress.parse(database),
                setting(env, "ECOMIND_KAFKA_BOOTSTRAP_SERVERS"),
                setting(env, "ECOMIND_REDIS_URL"));
    }

    private static @Nullable String setting(Map<String, String> env, String name) {
        String value = env.get(name);
        return value == null || value.isBlank() ? null : value.trim();
    }
}
