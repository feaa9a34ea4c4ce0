package io.ecomind.api;

import io.ecomind.connect.EnvReader;
import io.ecomind.contracts.Limits;
import io.ecomind.service.http.HttpServer;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import org.slf4j.LoggerFactory;

/** The API as a process of its own. */
public final class ApiMain {
    private ApiMain() {}

    public static void main(String[] args) {
        // Before the first logger; an operator's own choice stands.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "logback-json.xml");
        }
        var env = new EnvReader(System.getenv());
        ApiConfig config = ApiConfig.fromEnv(env);
        env.check();

        var metrics = new PrometheusRegistry();
        JvmMetrics.builder().register(metrics);
        ApiService service = ApiService.create(config, Clock.systemUTC());
        HttpServer server = HttpServer.start(
                config.host(),
                config.port(),
                Limits.MAX_BODY_BYTES,
                metrics,
                service.readiness(),
                service.authenticator(),
                service.features());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.close();
                            service.close();
                        },
                        "shutdown"));
        LoggerFactory.getLogger(ApiMain.class)
                .atInfo()
                .addKeyValue("port", server.port())
                .log("the API answers");
    }
}
