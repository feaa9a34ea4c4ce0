package io.ecomind.ingest.limits;

import java.time.Duration;

/**
 * How the gateway draws from quotas. Immutable.
 *
 * @param replicas the most gateways that run at once; each grants one of so many parts while Redis does not answer
 * @param timeout how long a request waits for Redis
 * @param silence so many draws in a row without an answer mean that Redis is away
 * @param pause how long it is then not asked
 */
public record QuotaSettings(int replicas, Duration timeout, int silence, Duration pause) {
    /** The defaults for an installation with so many gateways. */
    public static QuotaSettings of(int replicas) {
        return new QuotaSettings(replicas, Duration.ofMillis(200), 3, Duration.ofSeconds(1));
    }
}
