package io.ecomind.api;

import io.ecomind.service.Bootstrap;
import java.time.Clock;

/** The API as a process of its own. Settings come from the environment, see {@link ApiConfig#fromEnv}. */
public final class ApiMain {
    private ApiMain() {}

    public static void main(String[] args) {
        Bootstrap.run("api", ApiConfig::fromEnv, (process, config) -> {
            ApiService service = process.keep(ApiService.create(config, Clock.systemUTC()));
            process.serve(
                    config.host(), config.port(), service.readiness(), service.authenticator(), service.features());
        });
    }
}
