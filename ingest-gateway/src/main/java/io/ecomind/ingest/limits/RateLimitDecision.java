package io.ecomind.ingest.limits;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.time.Duration;

/**
 * Whether a request was within the limits of its organisation's plan, and what is left. Immutable.
 *
 * @param limit the smallest of the plan's limits
 * @param resetSeconds until the buckets are full again
 * @param retryAfterSeconds 0 when allowed
 */
public record RateLimitDecision(
        boolean allowed, long limit, long remaining, long resetSeconds, long retryAfterSeconds) {

    /** What a request over the limit is answered: 429 with Retry-After. */
    public AppException rejection(int events) {
        return new AppException(
                ErrorCode.RATE_LIMITED,
                "the plan's limit of " + limit + " has room for " + remaining + " events, the request has " + events,
                Duration.ofSeconds(retryAfterSeconds));
    }
}
