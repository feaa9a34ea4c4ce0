package io.ecomind.api.usage;

import io.ecomind.api.http.DateRange;
import java.time.Instant;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Totals by day and group, from one snapshot, within whose transaction they are read.
 *
 * @param timeZone the zone that makes the days, as of the last one
 * @param completeThrough everything received before is in; null while that is not known
 * @param provisional some row's day is not sealed, or the range includes today or later
 * @param rows read from the database while they are iterated, once
 */
record DailyUsage(
        GroupBy groupBy,
        DateRange range,
        String timeZone,
        @Nullable Instant completeThrough,
        boolean provisional,
        Iterator<DailyRow> rows) {}
