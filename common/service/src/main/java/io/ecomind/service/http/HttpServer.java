package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.limits.Refusals;
import io.ecomind.service.tls.ServerCertificate;
import io.ecomind.service.tls.TlsFiles;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.router.Endpoint;
import io.javalin.router.ParsedEndpoint;
import io.javalin.security.Roles;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a process, with {@code /healthz} beside its features. Thread-safe. {@link #close} takes no new requests,
 * lets running ones end, then stops.
 *
 * <p>Every route declares its {@link Access}, which is checked before the route's handler is called and before a byte of the
 * body is read; a server with a route that declares none does not start. What clients may take of the server is bounded by
 * {@link HttpLimits}; no thread waits for a client, see {@link BufferedRequest} and {@link AnswerWriter}.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

    /** Threads that serve sockets; they never wait, see {@link Admission}. */
    private static final int SOCKET_THREADS = 16;

    /** Request line and headers together. */
    static final int MAX_REQUEST_HEADER_BYTES = 8_192;

    private static final Duration DRAIN = Duration.ofSeconds(20);

    private final Javalin javalin;
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private final List<Route> routes;
    private final @Nullable ServerCertificate certificate;

    private HttpServer(Javalin javalin, List<Route> routes, @Nullable ServerCertificate certificate) {
        this.javalin = javalin;
        this.routes = List.copyOf(routes);
        this.certificate = certificate;
    }

    /** A route of a server; a path parameter stands in braces, as in the OpenAPI document. */
    public record Route(String method, String path, Access access) {}

    /**
     * Where to listen. Immutable.
     *
     * @param port 0 takes a free one
     * @param tls null for connections without TLS
     */
    public record Address(String host, int port, @Nullable TlsFiles tls) {
        /** Without TLS. */
        public Address(String host, int port) {
            this(host, port, null);
        }
    }

    /**
     * Starts the server.
     *
     * @param authenticator checks the keys of requests; null for a server whose routes are all public
     * @param features with at least one, the server also has its documentation, see {@link DocumentationRoutes}
     * @throws IllegalStateException when a route declares no access, or needs a key that nothing can check
     */
    public static HttpServer start(
            Address address,
            HttpLimits limits,
            PrometheusRegistry metrics,
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
        var refusals = new Refusals(metrics, "http");
        var guard = new ConnectionGuard(limits, refusals);
        var admission = new Admission(limits, refusals, guard);
        var gate = new AccessGate(limits, refusals, admission, authenticator);
        ServerCertificate certificate = address.tls() == null ? null : new ServerCertificate(address.tls());
        try {
            Javalin javalin = Javalin.create(config -> {
                config.startup.showJavalinBanner = false;
                config.http.maxRequestSize = limits.bodies().bytes();
                config.http.prefer405over404 = true;
                // Javalin compresses while it writes, with a thread that waits for the client.
                config.http.compressionStrategy = CompressionStrategy.NONE;
                config.jetty.threadPool = new QueuedThreadPool(SOCKET_THREADS);
                config.jetty.modifyServer(server -> {
                    server.setStopTimeout(DRAIN.toMillis());
                    server.insertHandler(new GracefulHandler());
                    server.insertHandler(admission);
                    server.setErrorHandler(new ProblemErrorHandler());
                });
                config.jetty.addConnector((server, http) -> connector(server, http, address, certificate, guard));
                config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(new ProblemErrorHandler()));
                config.requestLogger.http((ctx, millis) -> latency.labelValues(
                                methodOf(ctx), routeOf(ctx), Integer.toString(ctx.statusCode()))
                        .observe(millis / 1000.0));
                config.routes.beforeMatched(gate::open);
                // Answered before it comes here; the route tells which methods the path takes.
                config.routes.get(
                        Admission.LIVENESS_PATH,
                        ctx -> ctx.contentType("application/json").result(Admission.ALIVE),
                        Access.PUBLIC);
                answerExceptions(config.routes);
                if (!features.isEmpty()) {
                    new DocumentationRoutes().addTo(config.routes);
                }
                features.forEach(feature -> feature.addTo(config.routes));
                config.routes.after(AnswerWriter::send);
            });
            List<Route> routes = routesOf(javalin, authenticator);
            javalin.start();
            return new HttpServer(javalin, routes, certificate);
        } catch (RuntimeException | Error notStarted) {
            guard.close();
            if (certificate != null) {
                certificate.close();
            }
            throw notStarted;
        }
    }

    /** What a port takes for HTTP: the same for the public one and for that of operators. */
    static HttpConfiguration configured(HttpConfiguration http) {
        http.setRequestHeaderSize(MAX_REQUEST_HEADER_BYTES);
        http.setSendServerVersion(false);
        // The default lets lines end with a bare line feed, which a proxy in front may read otherwise.
        http.setHttpCompliance(HttpCompliance.STRICT);
        return http;
    }

    private static ServerConnector connector(
            Server server,
            HttpConfiguration http,
            Address address,
            @Nullable ServerCertificate certificate,
            ConnectionGuard guard) {
        var plain = new HttpConnectionFactory(configured(http));
        ServerConnector connector;
        if (certificate == null) {
            connector = new ServerConnector(server, 1, 2, plain);
        } else {
            // Names are not compared with the certificate's: which one a client means is for the client to check.
            http.addCustomizer(new SecureRequestCustomizer(false));
            var tls = new SslContextFactory.Server();
            tls.setSslContext(certificate.context());
            tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
            connector = new ServerConnector(server, 1, 2, new SslConnectionFactory(tls, plain.getProtocol()), plain);
        }
        connector.setHost(address.host());
        connector.setPort(address.port());
        connector.addBean(guard);
        return connector;
    }

    /** The method of a request; those that no route has are one, since a client may invent any number of them. */
    private static String methodOf(Context ctx) {
        String method = ctx.method().name();
        return METHODS.contains(method) ? method : "other";
    }

    private static void answerExceptions(RoutesConfig routes) {
        routes.exception(AppException.class, (problem, ctx) -> Problem.answer(ctx, problem));
        routes.exception(HttpResponseException.class, (e, ctx) -> answerHttpError(ctx, e));
        // The client went away, or sent a body that is not valid HTTP.
        routes.exception(EofException.class, (cut, ctx) -> Problem.answer(ctx, ProblemErrorHandler.incomplete()));
        routes.exception(BadMessageException.class, (bad, ctx) -> Problem.answer(ctx, ProblemErrorHandler.invalid()));
        routes.exception(Exception.class, (bug, ctx) -> {
            log.atError()
                    .addKeyValue("method", ctx.method())
                    .addKeyValue("path", ctx.path())
                    .setCause(bug)
                    .log("request failed");
            Problem.answer(ctx, Admission.failed());
        });
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
        if (certificate != null) {
            certificate.close();
        }
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
            Access access = AccessGate.declared(roles == null ? Set.of() : roles.getRoles());
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
}
