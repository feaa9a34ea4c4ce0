package io.ecomind.api.restatements;

import io.ecomind.api.http.KeysetCursor;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Why a day has a version, and its totals before and after. Immutable.
 *
 * @param restatement the id of the request; without meaning for the kind rebuild
 * @param oldTotals a JSON object by column of the organisation's daily row; likewise newTotals
 */
record RatingVersion(
        LocalDate date,
        int version,
        String kind,
        @Nullable String factorSet,
        String reason,
        long restatement,
        Instant createdAt,
        String oldTotals,
        String newTotals) {

    /** The largest value of each part of {@link #cursor}. */
    static final long[] CURSOR_LIMITS = {Long.MAX_VALUE, Integer.MAX_VALUE};

    KeysetCursor cursor() {
        return KeysetCursor.of(date.toEpochDay(), version);
    }
}
