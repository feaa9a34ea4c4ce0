package io.ecomind.ingest;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.EnvReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.RedisSettings;
import io.ecomind.connect.Secret;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.service.tls.TlsFiles;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a gateway. Immutable.
 *
 * @param host address that HTTP and gRPC listen on
 * @param httpPort used by the standalone process only; 0 takes a free one
 * @param grpcPort 0 takes a free one
 * @param jdbcUrl without user and password
 * @param ackTimeout how long Kafka may take to acknowledge before the caller gets a 503
 * @param maxInFlightBytes how much may wait for Kafka's acknowledgement before callers get a 503 at once
 * @param heartbeatInterval how long a partition may stay quiet
 * @param maxReplicas the most gateways that run at once, which divide the limits of plans while Redis is away
 * @param corsOrigins origins of web pages that may send events
 * @param management used by the standalone process only: where readiness and metrics are answered
 * @param tls certificate of HTTP and gRPC; null for connections without TLS
 */
public record GatewayConfig(
        String host,
        int httpPort,
        int grpcPort,
        String jdbcUrl,
        String databaseUser,
        Secret databasePassword,
        Secret keyPepper,
        KafkaSettings kafka,
        RedisSettings redis,
        Duration ackTimeout,
        long maxInFlightBytes,
        Duration heartbeatInterval,
        int maxReplicas,
        List<String> corsOrigins,
        ManagementAddress management,
        @Nullable TlsFiles tls) {
    public static final Duration DEFAULT_ACK_TIMEOUT = Duration.ofSeconds(10);
    public static final long DEFAULT_MAX_IN_FLIGHT_BYTES = 64L << 20;
    public static final Duration DEFAULT_HEARTBEAT_INTERVAL = Duration.ofSeconds(1);

    private static final Duration MIN_ACK_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration MAX_ACK_TIMEOUT = Duration.ofMinutes(2);

    public GatewayConfig {
        corsOrigins = List.copyOf(corsOrigins);
        // Below a second, Kafka's request timeout leaves no room for a retry; above two minutes, callers have left.
        if (ackTimeout.compareTo(MIN_ACK_TIMEOUT) < 0 || ackTimeout.compareTo(MAX_ACK_TIMEOUT) > 0) {
            throw new IllegalArgumentException("ackTimeout must be 1s..2m, was " + ackTimeout);
        }
        if (maxInFlightBytes <= 0) {
            throw new IllegalArgumentException("maxInFlightBytes must be positive, was " + maxInFlightBytes);
        }
        if (maxReplicas < 1) {
            throw new IllegalArgumentException("maxReplicas must be at least 1, was " + maxReplicas);
        }
        if (heartbeatInterval.toMillis() < 10) {
            throw new IllegalArgumentException("heartbeatInterval must be at least 10ms, was " + heartbeatInterval);
        }
    }

    /** The settings of the only gateway of an installation, without TLS, and with a free management port of this machine. */
    public GatewayConfig(
            String host,
            int httpPort,
            int grpcPort,
            String jdbcUrl,
            String databaseUser,
            Secret databasePassword,
            Secret keyPepper,
            KafkaSettings kafka,
            RedisSettings redis,
            Duration ackTimeout,
            long maxInFlightBytes,
            Duration heartbeatInterval,
            List<String> corsOrigins) {
        this(
                host,
                httpPort,
                grpcPort,
                jdbcUrl,
                databaseUser,
                databasePassword,
                keyPepper,
                kafka,
                redis,
                ackTimeout,
                maxInFlightBytes,
                heartbeatInterval,
                1,
                corsOrigins,
                ManagementAddress.onLoopback(),
                null);
    }

    /** The same for one of so many gateways. */
    public GatewayConfig withMaxReplicas(int replicas) {
        return new GatewayConfig(
                host,
                httpPort,
                grpcPort,
                jdbcUrl,
                databaseUser,
                databasePassword,
                keyPepper,
                kafka,
                redis,
                ackTimeout,
                maxInFlightBytes,
                heartbeatInterval,
                replicas,
                corsOrigins,
                management,
                tls);
    }

    /** The same with a certificate. */
    public GatewayConfig withTls(TlsFiles files) {
        return new GatewayConfig(
                host,
                httpPort,
                grpcPort,
                jdbcUrl,
                databaseUser,
                databasePassword,
                keyPepper,
                kafka,
                redis,
                ackTimeout,
                maxInFlightBytes,
                heartbeatInterval,
                maxReplicas,
                corsOrigins,
                management,
                files);
    }

    /** Reads the settings; the caller calls {@link EnvReader#check} when it has read all of its own too. */
    public static GatewayConfig fromEnv(EnvReader env) {
        String host = env.text("ECOMIND_HTTP_HOST", "127.0.0.1");
        int httpPort = env.integer("ECOMIND_HTTP_PORT", 8080, 0, 65_535);
        int grpcPort = env.integer("ECOMIND_GRPC_PORT", 9080, 0, 65_535);
        DatabaseSettings database = DatabaseSettings.fromEnv(env, "ecomind_gateway");
        return new GatewayConfig(
                host,
                httpPort,
                grpcPort,
                database.jdbcUrl(),
                database.user(),
                database.password(),
                KeyPeppers.fromEnv(env),
                KafkaSettings.fromEnv(env),
                RedisSettings.fromEnv(env),
                atLeast(MIN_ACK_TIMEOUT, env.duration("ECOMIND_ACK_TIMEOUT", DEFAULT_ACK_TIMEOUT)),
                Math.max(1, env.bytes("ECOMIND_MAX_IN_FLIGHT", DEFAULT_MAX_IN_FLIGHT_BYTES)),
                atLeast(Duration.ofMillis(10), env.duration("ECOMIND_HEARTBEAT_INTERVAL", DEFAULT_HEARTBEAT_INTERVAL)),
                Math.max(1, env.integer("ECOMIND_GATEWAY_MAX_REPLICAS", 1, 1, 1_000)),
                env.origins("ECOMIND_CORS_ORIGINS"),
                ManagementAddress.fromEnv(env, 8090),
                TlsFiles.fromEnv(env));
    }

    /** The reader answers zero for a setting that it reports as wrong; it is the report that must reach the operator. */
    private static Duration atLeast(Duration min, Duration value) {
        return value.compareTo(min) < 0 ? min : value;
    }
}
