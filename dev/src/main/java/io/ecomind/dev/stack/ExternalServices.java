package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Servers that run already and are used instead of embedded ones. Immutable.
 *
 * @param database a role that owns the schema and may alter the roles of the processes; null: embedded
 * @param kafka null: embedded
 * @param redis null: embedded
 */
public record ExternalServices(
        @Nullable DatabaseAddress database,
        @Nullable KafkaSettings kafka,
        @Nullable RedisSettings redis) {
    /** Everything embedded. */
    public static final ExternalServices NONE = new ExternalServices(null, null, null);

    /**
     * Reads ECOMIND_DATABASE_URL, ECOMIND_KAFKA_BOOTSTRAP_SERVERS and ECOMIND_REDIS_URL, and for each the file that
     * ECOMIND_DATABASE_CONFIG, ECOMIND_KAFKA_CONFIG or ECOMIND_REDIS_CONFIG names.
     *
     * @throws IllegalArgumentException when one of the files or addresses cannot be used
     */
    public static ExternalServices fromEnv(Map<String, String> env) {
        String database = setting(env, "ECOMIND_DATABASE_URL");
        String kafka = setting(env, "ECOMIND_KAFKA_BOOTSTRAP_SERVERS");
        String redis = setting(env, "ECOMIND_REDIS_URL");
        String databaseFile = setting(env, "ECOMIND_DATABASE_CONFIG");
        String kafkaFile = setting(env, "ECOMIND_KAFKA_CONFIG");
        String redisFile = setting(env, "ECOMIND_REDIS_CONFIG");
        return new ExternalServices(
                database == null ? null : database(DatabaseAddress.parse(database), databaseFile),
                kafka == null ? null : KafkaSettings.load(kafka, kafkaFile == null ? null : Path.of(kafkaFile)),
                redis == null ? null : redis(RedisSettings.parse(redis), redisFile));
    }

    private static DatabaseAddress database(DatabaseAddress address, @Nullable String file) {
        if (file == null) {
            return address;
        }
        DatabaseSettings settings = address.settings().with(Path.of(file));
        return new DatabaseAddress(settings.jdbcUrl(), settings.user(), settings.password());
    }

    private static RedisSettings redis(RedisSettings settings, @Nullable String file) {
        return file == null ? settings : settings.with(Path.of(file));
    }

    private static @Nullable String setting(Map<String, String> env, String name) {
        String value = env.get(name);
        return value == null || value.isBlank() ? null : value.trim();
    }
}
