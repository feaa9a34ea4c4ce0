package io.ecomind.ingest;

import io.ecomind.service.Bootstrap;
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
            process.serve(
                    config.host(), config.httpPort(), gateway.readiness(), gateway.authenticator(), gateway.features());
            gateway.startGrpc();
        });
    }
}
