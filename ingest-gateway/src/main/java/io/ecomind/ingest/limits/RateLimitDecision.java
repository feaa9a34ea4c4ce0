package io.ecomind.ingest.limits;

import io.ecomind.service.AppException;
import io.ecomind.service.TooManyRequests;
import java.time.Duration;

/**
 * Whether a request was within the limits of its organisation's plan, and what is left. Immutable.
 *
 * @param period of the limit that has the least left
 * @param limit that limit
 * @param remaining what is left of it
 * @param resetSeconds until all of it is there again
 * @param retryAfterSeconds 0 when allowed
 * @param shares 0 when limits are shared by all gateways; otherwise the limit is this gateway's, one of so many parts
 */
public record RateLimitDecision(
        boolean allowed,
        Period period,
        long limit,
        long remaining,
        long resetSeconds,
        long retryAfterSeconds,
        int shares) {

    /** How long a limit lasts. */
    public enum Period {
        MINUTE("a minute"),
        DAY("a day");

        private final String description;

        Period(String description) {
            this.description = description;
        }
    }

    /** Whether the limit is only this gateway's part of the plan's. */
    public boolean isShare() {
        return shares > 0;
    }

    /** What the sender is told when {@link #isShare}. */
    public String shareWarning() {
        return "rate limits are divided among gateways at the moment: this one grants 1/" + shares + " of the plan's";
    }

    /** What a request over the limit is answered: 429 with Retry-After. */
    public AppException rejection(int events) {
        String part = isShare() ? " (1/" + shares + " of the plan's, while gateways cannot share limits)" : "";
        String advice = events > limit ? "; send at most " + limit + " events in a request" : "";
        return TooManyRequests.of(
                "the plan's limit of " + limit + " events " + period.description + part + " has room for " + remaining
                        + " events, the request has " + events + advice,
                Duration.ofSeconds(retryAfterSeconds));
    }
}
