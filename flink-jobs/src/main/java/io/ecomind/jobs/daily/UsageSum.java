package io.ecomind.jobs.daily;

import io.ecomind.jobs.totals.TotalsKey;
import io.ecomind.jobs.totals.UsageTotals;

/**
 * Totals of one key over part of its day, all in primitives, because the windows' state holds nothing else. Its
 * arrays must not be changed.
 *
 * @param key {@link TotalsKey#text}
 * @param dayStartMillis first moment of the local day
 * @param dayEndMillis first moment of the next
 * @param counters by {@link io.ecomind.footprint.Counter} ordinal
 * @param knownQuantities a bit for each {@link io.ecomind.footprint.Quantity} that some call has, by ordinal
 * @param nanos nano-units by {@link io.ecomind.footprint.Figure#index}, below 2^62
 * @param carries multiples of 2^62 nano-units beside them; empty when all are 0
 */
public record UsageSum(
        String key,
        long dayStartMillis,
        long dayEndMillis,
        long[] counters,
        int knownQuantities,
        long[] nanos,
        long[] carries) {

    /** Both together. */
    public UsageSum plus(UsageSum other) {
        UsageTotals totals = totals();
        totals.add(other);
        return totals.toUsageSum(key, dayStartMillis, dayEndMillis);
    }

    /** The totals, to be added to. */
    public UsageTotals totals() {
        var totals = new UsageTotals();
        totals.add(this);
        return totals;
    }
}
