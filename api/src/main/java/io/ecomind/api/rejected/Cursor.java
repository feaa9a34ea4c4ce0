package io.ecomind.api.rejected;

import io.ecomind.api.http.CursorText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The place of the last row of a page: the next page begins after it. Immutable. */
record Cursor(Instant rejectedAt, int partition, long offset) {
    private static final long MAX_MICROS = 9_999_999_999_999_999L;

    /** Before the newest row that was rejected before a moment. */
    static Cursor before(Instant end) {
        return new Cursor(end, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    static Cursor fromText(String text) {
        long[] key = CursorText.decode(text, MAX_MICROS, Integer.MAX_VALUE, Long.MAX_VALUE);
        return new Cursor(Instant.EPOCH.plus(key[0], ChronoUnit.MICROS), (int) key[1], key[2]);
    }

    String toText() {
        return CursorText.encode(ChronoUnit.MICROS.between(Instant.EPOCH, rejectedAt), partition, offset);
    }
}
