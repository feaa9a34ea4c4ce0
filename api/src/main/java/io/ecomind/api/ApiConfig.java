package io.ecomind.api;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.EnvReader;
import io.ecomind.connect.Secret;

/**
 * The settings of the API. Immutable.
 *
 * @param port 0 takes a free one
 * @param jdbcUrl without user and password
 * @param apiUser the role that answers questions; row-level security applies to it
 * @param keyPepper what API keys are hashed with
 */
public record ApiConfig(String host, int port, String jdbcUrl, String apiUser, Secret apiPassword, Secret keyPepper) {

    /** Reads all settings; {@link EnvReader#check} then tells what is missing or wrong. */
    public static ApiConfig fromEnv(EnvReader env) {
        String host = env.text("ECOMIND_HTTP_HOST", "127.0.0.1");
        int port = env.integer("ECOMIND_HTTP_PORT", 8081, 0, 65_535);
        DatabaseSettings database = DatabaseSettings.fromEnv(env, "ecomind_api");
        return new ApiConfig(
                host,
                port,
                database.jdbcUrl(),
                database.user(),
                database.password(),
                new Secret(env.text("ECOMIND_API_KEY_PEPPER", null)));
    }
}
