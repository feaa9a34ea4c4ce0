package io.ecomind.ingest;

import io.ecomind.connect.EnvReader;
import io.ecomind.contracts.Limits;
import io.ecomind.service.http.HttpServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;

/**
 * The gateway as a process of its own. Settings come from the environment, see {@link GatewayConfig#fromEnv}. Logs are
 * JSON lines unless the system property {@code logback.configurationFile} names another configuration.
 */
public final class IngestGatewayMain {
    private static final String LOGGING = "logback.configurationFile";

    private IngestGatewayMain() {}

    public static void main(String[] args) {
        // Before the first logger is made, hence no logger in this class.
        if (System.getProperty(LOGGING) == null) {
            System.setProperty(LOGGING, "logback-json.xml");
        }
        serve(Clock.systemUTC());
    }

    /** Serves until the process is asked to end; {@code clock} stamps what is received. */
    public static void serve(Clock clock) {
        var env = new EnvReader(System.getenv());
        GatewayConfig config = GatewayConfig.fromEnv(env);
        env.check();

        var metrics = new PrometheusRegistry();
        IngestGateway gateway = IngestGateway.create(config, clock, metrics);
        HttpServer http;
        try {
            http = HttpServer.start(
                    config.host(),
                    config.httpPort(),
                    Limits.MAX_BODY_BYTES,
                    metrics,
                    gateway.readiness(),
                    gateway.authenticator(),
                    gateway.features());
        } catch (RuntimeException e) {
            gateway.close();
            throw e;
        }
        try {
            gateway.startGrpc();
        } catch (RuntimeException e) {
            http.close();
            gateway.close();
            throw e;
        }
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            // HTTP first: its requests still need the gateway to be answered.
                            http.close();
                            gateway.close();
                        },
                        "shutdown"));
    }
}
