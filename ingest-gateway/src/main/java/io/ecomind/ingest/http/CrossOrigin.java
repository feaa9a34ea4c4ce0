package io.ecomind.ingest.http;

import io.javalin.http.Context;
import java.util.Collection;
import java.util.Set;

/**
 * Lets web pages of listed origins call a route, by the CORS protocol of the Fetch standard. Cookies are not involved, so
 * credentialed requests are never allowed. Immutable.
 */
public final class CrossOrigin {
    private static final String EXPOSED = "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After";
    private static final String REQUEST_HEADERS = "Authorization, Content-Type, Content-Encoding, Idempotency-Key";
    /** Two hours, the longest that Chromium keeps an answer to a preflight. */
    private static final String MAX_AGE_SECONDS = "7200";

    private final Set<String> origins;

    public CrossOrigin(Collection<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    /** Adds to any answer, errors included, that its page may read it. */
    void allow(Context ctx) {
        // Without it, a cache could hand the answer for one origin to a page of another.
        ctx.header("Vary", "Origin");
        String origin = ctx.header("Origin");
        if (origin != null && origins.contains(origin)) {
            ctx.header("Access-Control-Allow-Origin", origin);
            ctx.header("Access-Control-Expose-Headers", EXPOSED);
        }
    }

    /** Answers the question of a browser whether a page may send a POST. */
    void preflight(Context ctx) {
        if (ctx.res().getHeader("Access-Control-Allow-Origin") != null) {
            ctx.header("Access-Control-Allow-Methods", "POST");
            ctx.header("Access-Control-Allow-Headers", REQUEST_HEADERS);
            ctx.header("Access-Control-Max-Age", MAX_AGE_SECONDS);
        }
        ctx.header("Allow", "OPTIONS, POST").status(204);
        // There is no content, hence no type of it.
        ctx.res().setContentType(null);
    }
}
