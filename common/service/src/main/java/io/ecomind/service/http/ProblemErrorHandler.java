package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ErrorHandler;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes problem documents for what Jetty refuses by itself: requests that are not valid HTTP, that are too large, or that
 * come while the server is stopping. They never reach Javalin. Stateless.
 *
 * <p>What the parser found is not repeated: its messages quote the request.
 */
final class ProblemErrorHandler extends ErrorHandler {
    private static final Logger log = LoggerFactory.getLogger(ProblemErrorHandler.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    /** Stand-ins of Jetty for a target that it could not read. */
    private static final Set<String> UNREADABLE = Set.of("/badMessage", "/badURI");

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        AppException problem = problem(response.getStatus());
        if (problem.code() == ErrorCode.INTERNAL) {
            log.atError()
                    .addKeyValue("status", response.getStatus())
                    .setCause(cause(request))
                    .log("request failed outside of any route");
        }
        write(request, response, callback, problem);
        return true;
    }

    /** Answers a request that no route handles. */
    static void write(Request request, Response response, Callback callback, AppException problem) {
        response.setStatus(problem.code().httpStatus());
        StandardHeaders.put(response.getHeaders(), request.isSecure());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (problem.retryAfter() != null) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, Problem.retryAfterSeconds(problem.retryAfter()));
        }
        String path = request.getHttpURI().getPath();
        String body = Problem.body(problem, path == null || UNREADABLE.contains(path) ? "" : path) + "\n";
        response.write(true, StandardCharsets.UTF_8.encode(body), callback);
    }

    private static AppException problem(int status) {
        return switch (status) {
            case 404 -> Problem.notFound("");
            case 413 -> new AppException(ErrorCode.BODY_TOO_LARGE, "the request body is too large");
            case 414 ->
                new AppException(
                        ErrorCode.URI_TOO_LONG,
                        "path and query must be less than " + HttpServer.MAX_REQUEST_HEADER_BYTES + " bytes");
            case 431 ->
                new AppException(
                        ErrorCode.HEADERS_TOO_LARGE,
                        "request line and headers must be at most " + HttpServer.MAX_REQUEST_HEADER_BYTES
                                + " bytes together");
            case 503 -> new AppException(ErrorCode.UNAVAILABLE, "the server is stopping", RETRY_AFTER);
            // Versions and transfer codings that this server does not have are the client's to change: the problem is a
            // 400.
            case 501, 505 -> invalid();
            default -> status >= 500 ? Admission.failed() : invalid();
        };
    }

    /** The body ended early, or was not in the form that its headers announce. */
    static AppException incomplete() {
        return new AppException(ErrorCode.INVALID_REQUEST, "the request body ended before it was complete");
    }

    /** The request is not valid HTTP. */
    static AppException invalid() {
        return new AppException(
                ErrorCode.INVALID_REQUEST,
                "the request is not valid HTTP/1.1: check its method, path, percent-encoding, Host and other headers");
    }

    private static @Nullable Throwable cause(Request request) {
        return request.getAttribute(ERROR_EXCEPTION) instanceof Throwable cause ? cause : null;
    }
}
