package io.ecomind.service.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.router.Endpoint;
import io.javalin.router.ParsedEndpoint;
import io.javalin.security.Roles;
import io.javalin.security.RouteRole;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server with {@code /healthz} (alive), {@code /readyz} (asks every dependency) and {@code /metrics}
 * (Prometheus) beside its features. Thread-safe. {@link #close} takes no new requests, lets running ones end, then
 * stops.
 *
 * <p>Every route declares its {@link Access}, which is checked before the route's handler is called; a server with a route
 * that declares none does not start.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_THREADS = 64;

    /** Request line and headers together. */
    static final int MAX_REQUEST_HEADER_BYTES = 8_192;

    private static final Duration DRAIN = Duration.ofSeconds(20);

    private final Javalin javalin;
    private final List<Route> routes;

    private HttpServer(Javalin javalin, List<Route> routes) {
        this.javalin = javalin;
        this.routes = List.copyOf(routes);
    }

    /** A route of a server; a path parameter stands in braces, as in the OpenAPI document. */
    public record Route(String method, String path, Access access) {}

    /**
     * Starts the server.
     *
     * @param port 0 takes a free one
     * @param maxBodyBytes largest request body as it comes over the wire
     * @param authenticator checks the keys of requests; null for a server whose routes are all public
     * @param features with at least one, the server also has its documentation, see {@link DocumentationRoutes}
     * @throws IllegalStateException when a route declares no access, or needs a key that nothing can check
     */
    public static HttpServer start(
            String host,
            int port,
            long maxBodyBytes,
            PrometheusRegistry metrics,
            Map<String, ReadinessCheck> readiness,
            @Nullable Authenticator authenticator,
            List<HttpFeature> features) {
        Histogram latency = Histogram.builder()
                .name("ecomind_http_request_latency_seconds")
                .help("Time to answer, by method, route and status.")
                .labelNames("method", "route", "status")
                .register(metrics);
        if (authenticator != null) {
            authenticator.register(metrics);
        }
        Javalin javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.http.maxRequestSize = maxBodyBytes;
            config.http.prefer405over404 = true;
            config.jetty.host = host;
            config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS);
            config.jetty.modifyServer(server -> {
                server.setStopTimeout(DRAIN.toMillis());
                server.insertHandler(new GracefulHandler());
                server.setErrorHandler(new ProblemErrorHandler());
            });
            config.jetty.modifyHttpConfiguration(http -> http.setRequestHeaderSize(MAX_REQUEST_HEADER_BYTES));
            config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(new ProblemErrorHandler()));
            config.requestLogger.http((ctx, millis) -> latency.labelValues(
                            ctx.method().name(), routeOf(ctx), Integer.toString(ctx.statusCode()))
                    .observe(millis / 1000.0));
            config.routes.beforeMatched(ctx -> authorize(ctx, authenticator));
            config.routes.get("/healthz", ctx -> ctx.json(Map.of("status", "alive")), Access.PUBLIC);
            config.routes.get("/readyz", ctx -> answerReadiness(ctx, readiness), Access.PUBLIC);
            config.routes.get("/metrics", ctx -> answerMetrics(ctx, metrics), Access.PUBLIC);
            config.routes.exception(AppException.class, (problem, ctx) -> Problem.answer(ctx, problem));
            config.routes.exception(HttpResponseException.class, (e, ctx) -> answerHttpError(ctx, e));
            // The client went away, or sent a body that is not valid HTTP.
            config.routes.exception(
                    EofException.class, (cut, ctx) -> Problem.answer(ctx, ProblemErrorHandler.incomplete()));
            config.routes.exception(
                    BadMessageException.class, (bad, ctx) -> Problem.answer(ctx, ProblemErrorHandler.invalid()));
            config.routes.exception(Exception.class, (bug, ctx) -> {
                log.atError()
                        .addKeyValue("method", ctx.method())
                        .addKeyValue("path", ctx.path())
                        .setCause(bug)
                        .log("request failed");
                Problem.answer(
                        ctx, new AppException(ErrorCode.INTERNAL, "the server failed; what happened is in its log"));
            });
            if (!features.isEmpty()) {
                new DocumentationRoutes().addTo(config.routes);
            }
            features.forEach(feature -> feature.addTo(config.routes));
            config.routes.after(HttpServer::endWithNewline);
        });
        List<Route> routes = routesOf(javalin, authenticator);
        javalin.start(host, port);
        return new HttpServer(javalin, routes);
    }

    /** The port that is listened on. */
    public int port() {
        return javalin.port();
    }

    /** The routes that were registered, in that order. */
    public List<Route> routes() {
        return routes;
    }

    @Override
    public void close() {
        javalin.stop();
    }

    private static List<Route> routesOf(Javalin javalin, @Nullable Authenticator authenticator) {
        List<Route> routes = new ArrayList<>();
        for (ParsedEndpoint registered : javalin.unsafe.internalRouter.allHttpHandlers()) {
            Endpoint endpoint = registered.endpoint;
            if (!endpoint.method.isHttpMethod()) {
                continue;
            }
            String method = endpoint.method.name();
            Roles roles = endpoint.metadata(Roles.class);
            Access access = declared(roles == null ? Set.of() : roles.getRoles());
            if (access == null) {
                throw new IllegalStateException(method + " " + endpoint.path + " must declare one Access");
            }
            if (access.permission() != null && authenticator == null) {
                throw new IllegalStateException(
                        method + " " + endpoint.path + " needs a key, and this server has no authenticator");
            }
            routes.add(new Route(method, endpoint.path, access));
        }
        return routes;
    }

    /** The access that a route declares; null when that is not exactly one. */
    private static @Nullable Access declared(Set<? extends RouteRole> roles) {
        return roles.size() == 1 && roles.iterator().next() instanceof Access access ? access : null;
    }

    private static void authorize(Context ctx, @Nullable Authenticator authenticator) {
        Access access = declared(ctx.routeRoles());
        if (access == null) {
            // Javalin answers HEAD itself on a path that has GET, without a body and without calling a handler.
            if (ctx.method().equals(HandlerType.HEAD)) {
                return;
            }
            throw new IllegalStateException(ctx.method() + " " + ctx.path() + " was matched without an Access");
        }
        Permission permission = access.permission();
        if (permission == null) {
            return;
        }
        // Answers belong to the sender: no cache between may hand them to somebody else.
        ctx.header("Cache-Control", "no-store");
        if (authenticator == null) {
            throw new IllegalStateException("a server without an authenticator has public routes only");
        }
        authenticator.authenticate(ctx.header("Authorization"), permission).putOn(ctx);
    }

    private static String routeOf(Context ctx) {
        // Unmatched paths share one label, so that a scanner cannot grow the number of series.
        String route = ctx.endpoints().lastHttpEndpoint() == null
                ? null
                : ctx.endpoints().lastHttpEndpoint().path;
        return route == null ? "unmatched" : route;
    }

    private static void answerHttpError(Context ctx, HttpResponseException e) {
        // Javalin knows the methods of a path; RFC 9110 wants them in the answer.
        String allowed = e.getDetails().get("availableMethods");
        if (e.getStatus() == 405 && allowed != null) {
            // Javalin answers HEAD wherever it answers GET, and does not list it.
            ctx.header("Allow", allowed.replace("GET", "GET, HEAD"));
        }
        Problem.answer(ctx, translate(e, ctx.path()));
    }

    private static AppException translate(HttpResponseException e, String path) {
        return switch (e.getStatus()) {
            case 404 -> Problem.notFound(path);
            case 405 -> new AppException(ErrorCode.METHOD_NOT_ALLOWED, "this path does not take this method");
            case 413 -> new AppException(ErrorCode.BODY_TOO_LARGE, "the request body is too large");
            default -> new AppException(ErrorCode.INVALID_REQUEST, "the request cannot be read");
        };
    }

    /** Text on a terminal ends with its line, so JSON does too. */
    private static void endWithNewline(Context ctx) throws IOException {
        String type = ctx.res().getContentType();
        InputStream body = ctx.resultInputStream();
        if (type == null || body == null || !type.split(";", 2)[0].trim().endsWith("json")) {
            return;
        }
        byte[] json = body.readAllBytes();
        if (json.length == 0 || json[json.length - 1] != '\n') {
            json = Arrays.copyOf(json, json.length + 1);
            json[json.length - 1] = '\n';
        }
        ctx.result(json);
    }

    private static void answerReadiness(Context ctx, Map<String, ReadinessCheck> readiness) {
        ObjectNode body = JSON.createObjectNode();
        boolean ready = true;
        for (var check : readiness.entrySet()) {
            String problem;
            String note = null;
            try {
                problem = check.getValue().problem();
                note = check.getValue().note();
            } catch (Exception e) {
                problem = e.getClass().getSimpleName() + ": " + e.getMessage();
            }
            ready &= problem == null;
            body.put(check.getKey(), problem != null ? problem : note != null ? "ok: " + note : "ok");
        }
        ctx.status(ready ? 200 : 503).contentType("application/json").result(body.toString());
    }

    private static void answerMetrics(Context ctx, PrometheusRegistry metrics) throws IOException {
        var writer = ExpositionFormats.init().getPrometheusTextFormatWriter();
        var out = new ByteArrayOutputStream();
        writer.write(out, metrics.scrape());
        ctx.contentType(writer.getContentType()).result(out.toByteArray());
    }
}
