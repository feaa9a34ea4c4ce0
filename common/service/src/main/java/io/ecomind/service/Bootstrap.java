package io.ecomind.service;

import io.ecomind.connect.EnvReader;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.service.http.HttpServer;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.service.http.ManagementServer;
import io.ecomind.service.http.ReadinessCheck;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * How a process starts and stops: logging, then its configuration, then its parts in order; when the process is asked to
 * end, or when a part does not start, what was started is closed in reverse order. Thread-safe.
 *
 * <p>Logs are JSON lines unless the system property {@code logback.configurationFile} names another configuration.
 */
public final class Bootstrap implements AutoCloseable {
    private static final String LOGGING = "logback.configurationFile";

    private final PrometheusRegistry metrics = new PrometheusRegistry();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private Bootstrap() {
        JvmMetrics.builder().register(metrics);
    }

    /** Starts the parts of a process, and hands each to {@link #keep}, {@link #serve} or {@link #manage}. */
    @FunctionalInterface
    public interface Parts<C> {
        void start(Bootstrap process, C config);
    }

    /**
     * Starts a process that runs until it is asked to end.
     *
     * @param name for the log, such as {@code api}
     * @param config reads the settings; nothing is started when one is missing or wrong
     */
    public static <C> void run(String name, Function<EnvReader, C> config, Parts<C> parts) {
        // Before the first logger is made, hence no logger in a field of this class.
        if (System.getProperty(LOGGING) == null) {
            System.setProperty(LOGGING, "logback-json.xml");
        }
        Bootstrap process = start(System.getenv(), config, parts);
        Runtime.getRuntime().addShutdownHook(new Thread(process::close, "shutdown"));
        LoggerFactory.getLogger(Bootstrap.class)
                .atInfo()
                .addKeyValue("process", name)
                .log("started");
    }

    static <C> Bootstrap start(Map<String, String> env, Function<EnvReader, C> config, Parts<C> parts) {
        var reader = new EnvReader(env);
        C settings = config.apply(reader);
        reader.check();
        var process = new Bootstrap();
        try {
            parts.start(process, settings);
        } catch (RuntimeException | Error e) {
            process.close();
            throw e;
        }
        return process;
    }

    /** Where the parts register what they measure. */
    public PrometheusRegistry metrics() {
        return metrics;
    }

    /** Closes the part when the process ends, before those that were kept earlier. */
    public synchronized <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /**
     * Starts the HTTP server and keeps it. It comes after what its features use, and so is closed before it: the requests
     * that are running can still be answered.
     *
     * @param authenticator null for a server whose routes are all public
     */
    public HttpServer serve(
            HttpServer.Address address, @Nullable Authenticator authenticator, List<HttpFeature> features) {
        HttpServer server = keep(HttpServer.start(address, HttpLimits.DEFAULT, metrics, authenticator, features));
        logAddress("HTTP server started", address.host(), server.port());
        return server;
    }

    /** Starts the management port and keeps it; before the public one, so that it tells how the stopping goes on. */
    public ManagementServer manage(ManagementAddress address, Map<String, ReadinessCheck> readiness) {
        ManagementServer server = keep(ManagementServer.start(address, HttpLimits.MANAGEMENT, metrics, readiness));
        logAddress("management server started", address.host(), server.port());
        return server;
    }

    private static void logAddress(String what, String host, int port) {
        LoggerFactory.getLogger(Bootstrap.class)
                .atInfo()
                .addKeyValue("host", host)
                .addKeyValue("port", port)
                .log(what);
    }

    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception failure) {
                // The parts that are still open must be closed all the same.
                LoggerFactory.getLogger(Bootstrap.class)
                        .atError()
                        .addKeyValue("part", part.getClass().getSimpleName())
                        .setCause(failure)
                        .log("a part of the process did not close");
            }
        }
    }
}
