package io.ecomind.dev.chaos;

import io.ecomind.ingest.IngestGatewayMain;
import java.nio.file.Path;

/** The gateway as a process of its own, on the clock of the file that its argument names. */
public final class ChaosGateway {
    private ChaosGateway() {}

    public static void main(String[] arguments) {
        IngestGatewayMain.serve(ChaosClock.of(Path.of(arguments[0])));
    }
}
