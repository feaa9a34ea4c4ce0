package io.ecomind.dev.chaos;

import io.ecomind.contracts.Limits;
import io.ecomind.ingest.GatewayConfig;
import io.ecomind.ingest.IngestGateway;
import io.ecomind.service.EnvReader;
import io.ecomind.service.http.HttpServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;

/** The gateway as a process of its own, on the clock of the file that its argument names. */
public final class ChaosGateway {
    private ChaosGateway() {}

    public static void main(String[] arguments) {
        var env = new EnvReader(System.getenv());
        GatewayConfig config = GatewayConfig.fromEnv(env);
        env.check();
        var metrics = new PrometheusRegistry();
        IngestGateway gateway = IngestGateway.create(config, ChaosClock.of(Path.of(arguments[0])), metrics);
        HttpServer http = HttpServer.start(
                config.host(),
                config.httpPort(),
                Limits.MAX_BODY_BYTES,
                metrics,
                gateway.readiness(),
                gateway.features());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            http.close();
                            gateway.close();
                        },
                        "shutdown"));
    }
}
