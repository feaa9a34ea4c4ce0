package io.ecomind.ingest.limits;

/**
 * Whether a request was within the limits of its organisation's plan, and what is left. Immutable.
 *
 * @param limit the smallest of the plan's limits
 * @param resetSeconds until the buckets are full again
 * @param retryAfterSeconds 0 when allowed
 */
public record RateLimitDecision(
        boolean allowed, long limit, long remaining, long resetSeconds, long retryAfterSeconds) {}
