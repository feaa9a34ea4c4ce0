package io.ecomind.api.usage;

import io.ecomind.api.http.DateRange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Totals by day and group, from one snapshot. Immutable.
 *
 * @param timeZone the zone that makes the days, as of the last one
 * @param completeThrough everything received before is in; null while that is not known
 * @param provisional some row's day is not sealed, or the range includes today or later
 */
record DailyUsage(
        GroupBy groupBy,
        DateRange range,
        String timeZone,
        @Nullable Instant completeThrough,
        boolean provisional,
        List<DailyRow> rows) {}
