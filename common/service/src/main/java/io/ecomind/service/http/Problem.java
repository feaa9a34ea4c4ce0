package io.ecomind.service.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** Writes RFC 9457 problem documents with a stable {@code code}. Stateless. */
public final class Problem {
    public static final String CONTENT_TYPE = "application/problem+json";
    static final String RETRY_AFTER = "Retry-After";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Problem() {}

    /** Answers the request with the problem. */
    public static void answer(Context ctx, AppException problem) {
        answer(ctx, problem, JSON.createObjectNode());
    }

    /** The same with further members, such as the errors of items. */
    public static void answer(Context ctx, AppException problem, ObjectNode members) {
        if (ctx.res().isCommitted()) {
            // Part of another answer is out: what follows must not look like its end.
            AnswerWriter.abort(ctx);
            return;
        }
        ErrorCode code = problem.code();
        ObjectNode body = body(problem, ctx.path());
        body.setAll(members);
        if (problem.retryAfter() != null) {
            ctx.header(RETRY_AFTER, retryAfterSeconds(problem.retryAfter()));
        }
        if (code == ErrorCode.UNAUTHORIZED) {
            ctx.header("WWW-Authenticate", "Bearer");
        }
        // Of a text the server would make ISO 8859-1, which is its encoding for types that it does not know.
        ctx.status(code.httpStatus())
                .contentType(CONTENT_TYPE)
                .result(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** There is nothing at a path. */
    static AppException notFound(String path) {
        // The name under which many look first.
        String hint = path.equals("/health") ? "; /healthz tells whether the process lives" : "";
        return new AppException(ErrorCode.NOT_FOUND, "there is nothing at this path" + hint);
    }

    /** The value of the header Retry-After. */
    static String retryAfterSeconds(Duration retryAfter) {
        return Long.toString(Math.max(1, retryAfter.toSeconds()));
    }

    /**
     * The members that all problems have.
     *
     * @param path empty when it could not be read
     */
    static ObjectNode body(AppException problem, String path) {
        ErrorCode code = problem.code();
        ObjectNode body = JSON.createObjectNode();
        body.put("type", "urn:ecomind:problem:" + code.code().replace('_', '-'));
        body.put("title", title(code));
        body.put("status", code.httpStatus());
        body.put("code", code.code());
        body.put("detail", problem.detail());
        body.put("instance", path);
        return body;
    }

    private static String title(ErrorCode code) {
        String words = code.code().replace('_', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }
}
