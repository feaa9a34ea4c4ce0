package io.ecomind.service.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.limits.OrganisationLoads;
import io.ecomind.service.limits.Refusals;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators and their tools ask of a process, on a port of its own that only they reach: {@code /readyz} asks every
 * dependency, {@code /metrics} is for Prometheus, {@code /healthz} tells that the process lives. It has threads of its own, so
 * it answers while those of the public port are busy. Thread-safe.
 */
public final class ManagementServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ManagementServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private final Server server;
    private final ServerConnector connector;

    private ManagementServer(Server server, ServerConnector connector) {
        this.server = server;
        this.connector = connector;
    }

    /** Starts the server. */
    public static ManagementServer start(
            ManagementAddress address,
            HttpLimits limits,
            PrometheusRegistry metrics,
            Map<String, ReadinessCheck> readiness) {
        var refusals = new Refusals(metrics, "management");
        var guard = new ConnectionGuard(limits, refusals);
        var threads = new QueuedThreadPool(limits.requests().workers());
        threads.setName("management");
        // Not daemons: they keep the process of the worker alive, which serves nothing else.
        threads.setDaemon(false);
        var server = new Server(threads);
        var http = HttpServer.configured(new HttpConfiguration());
        var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(address.host());
        connector.setPort(address.port());
        connector.addBean(guard);
        server.addConnector(connector);
        server.setErrorHandler(new ProblemErrorHandler());
        server.setHandler(new Pages(address, limits, refusals, guard, metrics, readiness));
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(
                    "the management port " + address.host() + ":" + address.port() + " cannot be listened on", e);
        }
        return new ManagementServer(server, connector);
    }

    /** The port that is listened on. */
    public int port() {
        return connector.getLocalPort();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            log.atWarn().setCause(e).log("the management port did not close");
        }
    }

    private static final class Pages extends Handler.Abstract {
        private final ManagementAddress address;
        private final HttpLimits limits;
        private final Refusals refusals;
        private final OrganisationLoads loads;
        private final ConnectionGuard guard;
        private final PrometheusRegistry metrics;
        private final Map<String, ReadinessCheck> readiness;

        Pages(
                ManagementAddress address,
                HttpLimits limits,
                Refusals refusals,
                ConnectionGuard guard,
                PrometheusRegistry metrics,
                Map<String, ReadinessCheck> readiness) {
            this.address = address;
            this.limits = limits;
            this.refusals = refusals;
            this.loads = limits.loads(refusals);
            this.guard = guard;
            this.metrics = metrics;
            this.readiness = readiness;
        }

        @Override
        protected void doStart() throws Exception {
            super.doStart();
            guard.start();
        }

        @Override
        protected void doStop() throws Exception {
            super.doStop();
            guard.close();
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws IOException {
            guard.watch(new BufferedRequest(request, response, limits, refusals, loads));
            StandardHeaders.put(response.getHeaders(), request.isSecure());
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            String path = String.valueOf(request.getHttpURI().getCanonicalPath());
            boolean known = path.equals("/metrics") || path.equals("/readyz") || path.equals(Admission.LIVENESS_PATH);
            String name = Request.getServerName(request);
            Optional<AppException> malformed = RequestForm.problem(request);
            if (malformed.isPresent()) {
                ProblemErrorHandler.write(request, response, callback, malformed.get());
            } else if (!address.isCalled(name)) {
                refusals.unexpectedHost();
                ProblemErrorHandler.write(
                        request,
                        response,
                        callback,
                        new AppException(
                                ErrorCode.INVALID_REQUEST,
                                "the header Host must be an address, localhost or one of ECOMIND_MANAGEMENT_NAMES, was "
                                        + name));
            } else if (!known) {
                ProblemErrorHandler.write(request, response, callback, Problem.notFound(path));
            } else if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
                response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
                ProblemErrorHandler.write(
                        request,
                        response,
                        callback,
                        new AppException(ErrorCode.METHOD_NOT_ALLOWED, "this path does not take this method"));
            } else {
                switch (path) {
                    case "/metrics" -> writeMetrics(response, callback);
                    case "/readyz" -> writeReadiness(response, callback);
                    default -> write(response, callback, "application/json", bytes(Admission.ALIVE));
                }
            }
            return true;
        }

        private void writeReadiness(Response response, Callback callback) {
            ObjectNode body = JSON.createObjectNode();
            boolean ready = true;
            for (var check : readiness.entrySet()) {
                String problem;
                String note = null;
                try {
                    problem = check.getValue().problem();
                    note = check.getValue().note();
                } catch (Exception e) {
                    log.atWarn()
                            .addKeyValue("check", check.getKey())
                            .setCause(e)
                            .log("a readiness check failed");
                    problem = "the check failed; why is in the log";
                }
                ready &= problem == null;
                body.put(check.getKey(), text(problem, note));
            }
            response.setStatus(ready ? 200 : 503);
            write(response, callback, "application/json", bytes(body + "\n"));
        }

        private static String text(@Nullable String problem, @Nullable String note) {
            if (problem != null) {
                return problem;
            }
            return note != null ? "ok: " + note : "ok";
        }

        private void writeMetrics(Response response, Callback callback) throws IOException {
            var writer = ExpositionFormats.init().getPrometheusTextFormatWriter();
            var out = new ByteArrayOutputStream();
            writer.write(out, metrics.scrape());
            write(response, callback, writer.getContentType(), out.toByteArray());
        }

        private static void write(Response response, Callback callback, String contentType, byte[] content) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
            response.write(true, ByteBuffer.wrap(content), callback);
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }
}
