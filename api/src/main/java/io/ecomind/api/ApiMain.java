package io.ecomind.api;

import io.ecomind.service.Bootstrap;
import io.ecomind.service.http.HttpServer;
import java.time.Clock;

/** The API as a process of its own. Settings come from the environment, see {@link ApiConfig#fromEnv}. */
public final class ApiMain {
    private ApiMain() {}

    public static void main(String[] args) {
        Bootstrap.run("api", ApiConfig::fromEnv, (process, config) -> {
            ApiService service = process.keep(ApiService.create(config, Clock.systemUTC()));
            process.manage(config.management(), service.readiness());
            process.serve(
                    new HttpServer.Address(config.host(), config.port(), config.tls()),
                    service.authenticator(),
                    service.features());
        });
    }
}
