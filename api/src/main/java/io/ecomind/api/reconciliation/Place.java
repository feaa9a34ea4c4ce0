package io.ecomind.api.reconciliation;

import io.ecomind.api.http.CursorText;

/** The last record of a page: the next page begins after it. Immutable. */
record Place(int partition, long offset) {
    static final Place BEGIN = new Place(-1, -1);

    static Place fromText(String text) {
        long[] key = CursorText.decode(text, Integer.MAX_VALUE, Long.MAX_VALUE);
        return new Place((int) key[0], key[1]);
    }

    String toText() {
        return CursorText.encode(partition, offset);
    }
}
