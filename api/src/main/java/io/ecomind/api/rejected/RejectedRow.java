package io.ecomind.api.rejected;

import io.ecomind.api.http.KeysetCursor;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A row of events_rejected. Immutable by agreement: nobody writes into the payload.
 *
 * @param occurrences how many equal rejections it stands for
 * @param lastAt when the last of them was
 */
@SuppressWarnings("ArrayRecordComponent") // Rows are never compared, and copying 16 KiB for each would be waste.
record RejectedRow(
        Instant rejectedAt,
        int rejectedPartition,
        long rejectedOffset,
        String origin,
        String code,
        String field,
        String message,
        String source,
        String eventId,
        String userId,
        @Nullable Integer itemIndex,
        @Nullable Integer rawPartition,
        @Nullable Long rawOffset,
        byte[] payload,
        boolean payloadTruncated,
        long occurrences,
        Instant lastAt) {

    /** The largest value of each part of {@link #cursor}. */
    static final long[] CURSOR_LIMITS = {9_999_999_999_999_999L, Integer.MAX_VALUE, Long.MAX_VALUE};

    /** About how much the row takes in an answer. */
    long bytes() {
        return (long) payload.length
                + field.length()
                + message.length()
                + source.length()
                + eventId.length()
                + userId.length();
    }

    KeysetCursor cursor() {
        return KeysetCursor.of(ChronoUnit.MICROS.between(Instant.EPOCH, rejectedAt), rejectedPartition, rejectedOffset);
    }
}
