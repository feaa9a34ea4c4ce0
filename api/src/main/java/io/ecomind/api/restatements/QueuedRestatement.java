package io.ecomind.api.restatements;

import io.ecomind.api.http.KeysetCursor;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A request to restate days, and its outcome. Immutable.
 *
 * @param kind late or rerate
 * @param state requested, running, waiting (days are not sealed yet), done or failed
 * @param detail how many days had which outcome, or why it failed; null before the first run
 */
record QueuedRestatement(
        long id,
        LocalDate fromDate,
        LocalDate toDate,
        String kind,
        @Nullable String factorSet,
        String reason,
        String state,
        @Nullable String detail,
        Instant requestedAt,
        @Nullable Instant finishedAt) {

    /** The largest value of each part of {@link #cursor}. */
    static final long[] CURSOR_LIMITS = {Long.MAX_VALUE, Integer.MAX_VALUE};

    /** The second part is always 0: cursors that were handed out have two. */
    KeysetCursor cursor() {
        return KeysetCursor.of(id, 0);
    }
}
