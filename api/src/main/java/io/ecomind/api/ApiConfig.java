package io.ecomind.api;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.EnvReader;
import io.ecomind.connect.Secret;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.service.tls.TlsFiles;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the API. Immutable.
 *
 * @param port 0 takes a free one
 * @param jdbcUrl without user and password
 * @param apiUser the role that answers questions; row-level security applies to it
 * @param keyPepper what API keys are hashed with
 * @param management used by the standalone process only: where readiness and metrics are answered
 * @param tls the server's certificate; null for connections without TLS
 */
public record ApiConfig(
        String host,
        int port,
        String jdbcUrl,
        String apiUser,
        Secret apiPassword,
        Secret keyPepper,
        ManagementAddress management,
        @Nullable TlsFiles tls) {

    /** Without TLS, and with the management port on a free port of this machine. */
    public ApiConfig(String host, int port, String jdbcUrl, String apiUser, Secret apiPassword, Secret keyPepper) {
        this(host, port, jdbcUrl, apiUser, apiPassword, keyPepper, ManagementAddress.onLoopback(), null);
    }

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
                KeyPeppers.fromEnv(env),
                ManagementAddress.fromEnv(env, 8091),
                TlsFiles.fromEnv(env));
    }
}
