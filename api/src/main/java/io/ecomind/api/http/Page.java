package io.ecomind.api.http;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of a longer list. Immutable.
 *
 * @param nextCursor null on the last page
 */
public record Page<T>(List<T> rows, @Nullable String nextCursor) {
    /** Rows of a page when the request names no limit. */
    public static final int DEFAULT_LIMIT = 100;

    /** Rows of the largest page. */
    public static final int MAX_LIMIT = 1_000;

    /**
     * Which page is asked for.
     *
     * @param after null for the first page
     */
    public record Request(int limit, @Nullable KeysetCursor after) {
        /**
         * Reads {@code limit} and {@code cursor}.
         *
         * @param keyLimits the largest value of each part of the sort key
         */
        public static Request fromQuery(QueryParameters parameters, long... keyLimits) {
            int limit = parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
            String cursor = parameters.string("cursor", KeysetCursor.MAX_CHARS);
            return new Request(limit, cursor == null ? null : KeysetCursor.parse(cursor, keyLimits));
        }

        /**
         * The page, from rows that are read one by one: it ends before the row with which it would have more than so many
         * bytes, but has one row at least.
         */
        public <T> Page<T> of(
                Iterator<T> read, Function<T, KeysetCursor> cursorOf, ToLongFunction<T> bytesOf, long mostBytes) {
            List<T> rows = new ArrayList<>();
            long bytes = 0;
            while (read.hasNext()) {
                T row = read.next();
                bytes += bytesOf.applyAsLong(row);
                if (rows.size() == limit || (!rows.isEmpty() && bytes > mostBytes)) {
                    return new Page<>(
                            rows, cursorOf.apply(rows.get(rows.size() - 1)).toString());
                }
                rows.add(row);
            }
            return new Page<>(rows, null);
        }

        /** How many rows to read: one more than the page has tells whether another page follows. */
        public int rowsToRead() {
            return limit + 1;
        }

        /** The page, from the rows that were read. */
        public <T> Page<T> of(List<T> read, Function<T, KeysetCursor> cursorOf) {
            if (read.size() <= limit) {
                return new Page<>(read, null);
            }
            List<T> rows = read.subList(0, limit);
            return new Page<>(rows, cursorOf.apply(rows.get(limit - 1)).toString());
        }
    }
}
