package io.ecomind.worker;

import io.ecomind.connect.EnvReader;
import io.ecomind.contracts.Limits;
import io.ecomind.service.http.HttpServer;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The worker as a process of its own; its HTTP port serves health and metrics only. */
public final class WorkerMain {
    private WorkerMain() {}

    public static void main(String[] args) {
        // Before the first logger; an operator's own choice stands.
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "logback-json.xml");
        }
        var env = new EnvReader(System.getenv());
        WorkerConfig config = WorkerConfig.fromEnv(env);
        env.check();

        var metrics = new PrometheusRegistry();
        JvmMetrics.builder().register(metrics);
        WorkerService service = WorkerService.start(config, Clock.systemUTC(), metrics);
        HttpServer server = HttpServer.start(
                config.host(), config.port(), Limits.MAX_BODY_BYTES, metrics, service.readiness(), null, List.of());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.close();
                            service.close();
                        },
                        "shutdown"));
        LoggerFactory.getLogger(WorkerMain.class)
                .atInfo()
                .addKeyValue("port", server.port())
                .log("the worker runs");
    }
}
