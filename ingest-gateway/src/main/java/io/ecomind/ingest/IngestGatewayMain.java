package io.ecomind.ingest;

import io.ecomind.service.Bootstrap;
import io.ecomind.service.http.HttpServer;
import java.time.Clock;

/** The gateway as a process of its own. Settings come from the environment, see {@link GatewayConfig#fromEnv}. */
public final class IngestGatewayMain {
    private IngestGatewayMain() {}

    public static void main(String[] args) {
        serve(Clock.systemUTC());
    }

    /** Serves until the process is asked to end; {@code clock} stamps what is received. */
    public static void serve(Clock clock) {
        Bootstrap.run("ingest-gateway", GatewayConfig::fromEnv, (process, config) -> {
            IngestGateway gateway = process.keep(IngestGateway.create(config, clock, process.metrics()));
            process.manage(config.management(), gateway.readiness());
            process.serve(
                    new HttpServer.Address(config.host(), config.httpPort(), config.tls()),
                    gateway.authenticator(),
                    gateway.features());
            gateway.startGrpc();
        });
    }
}
