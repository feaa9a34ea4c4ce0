package io.ecomind.service.limits;

import java.time.Duration;

/**
 * How slowly bytes may go over the wire. Immutable.
 *
 * @param grace how long they may take before {@code bytesPerSecond} is asked of them
 * @param bytesPerSecond least rate
 */
public record TransferRate(Duration grace, int bytesPerSecond) {
    /** How long so many bytes may take, in nanoseconds. */
    public long allowedNanos(long bytes) {
        return grace.toNanos() + (long) (bytes * (1e9 / bytesPerSecond));
    }
}
