package io.ecomind.api.rejected;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.Page;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of rejected events. Immutable.
 *
 * @param range the organisation's days that were searched
 * @param completeThrough everything received before is in; null while that is not known
 * @param counts how many there are of each code on all pages
 * @param notKept how many more there were, of any code, that exceeded the limit of the plan
 */
record RejectedEvents(
        DateRange range,
        @Nullable Instant completeThrough,
        List<CodeCount> counts,
        long notKept,
        Page<RejectedRow> page) {

    /** How many events were rejected with a code. */
    record CodeCount(String code, long events) {}
}
