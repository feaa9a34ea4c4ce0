package io.ecomind.api.restatements;

import io.ecomind.api.http.CursorText;
import org.jspecify.annotations.Nullable;

/** The place of the last row of a page by its two-part key: the next page begins after it. Immutable. */
record Place(long first, int second) {
    /** Before every row of a list that is sorted from high to low. */
    static final Place TOP = new Place(Long.MAX_VALUE, Integer.MAX_VALUE);

    /** @param text null for the first page */
    static Place fromText(@Nullable String text) {
        if (text == null) {
            return TOP;
        }
        long[] key = CursorText.decode(text, Long.MAX_VALUE, Integer.MAX_VALUE);
        return new Place(key[0], (int) key[1]);
    }

    String toText() {
        return CursorText.encode(first, second);
    }
}
