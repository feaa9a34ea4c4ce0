package io.ecomind.api.reconciliation;

import io.ecomind.api.http.KeysetCursor;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An accepted event that was neither counted nor rejected when it was checked. Immutable.
 *
 * @param resolvedAt null while it still is missing
 */
record MissingEvent(
        int rawPartition,
        long rawOffset,
        String source,
        String eventId,
        String userId,
        @Nullable Instant ts,
        @Nullable Instant receivedAt,
        Instant foundAt,
        @Nullable Instant resolvedAt) {

    /** The largest value of each part of {@link #cursor}. */
    static final long[] CURSOR_LIMITS = {Integer.MAX_VALUE, Long.MAX_VALUE};

    KeysetCursor cursor() {
        return KeysetCursor.of(rawPartition, rawOffset);
    }
}
