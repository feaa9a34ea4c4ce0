package io.ecomind.footprint.price;

import io.ecomind.footprint.ActiveByTime;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * All price sets, and which of them prices a call. Immutable and thread-safe.
 *
 * <p>The choice depends on the call alone: the set is the one that was active when the call was received, and its rows are
 * read for the moment at which the call happened. So every task, and every replay, comes to the same result.
 */
public final class PriceCatalogue {
    private final ActiveByTime<PriceSet> sets;

    /** A set and the moment, in microseconds since 1970 UTC, from which what is received is priced by it. */
    public record ActivePrices(PriceSet set, long fromMicros) {}

    public PriceCatalogue(Collection<ActivePrices> sets) {
        this.sets = new ActiveByTime<>(sets.stream()
                .map(active ->
                        new ActiveByTime.Activation<>(active.set(), active.set().id(), active.fromMicros()))
                .toList());
    }

    /** The set that prices what is received at a moment; null when none was active yet. */
    public @Nullable PriceSet activeAt(long receivedAtMicros) {
        return sets.at(receivedAtMicros);
    }

    /** Prices one call; uncovered with an empty set id when no set was active yet. */
    public Price price(BillableCall call, OrganisationPrices own) {
        PriceSet set = activeAt(call.receivedAtMicros());
        return set == null ? Price.uncovered("", "", Unpriced.SET) : set.price(call, own);
    }
}
