package io.ecomind.footprint;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * All factor sets, and which of them rates an event. Immutable and thread-safe.
 *
 * <p>The choice depends on the event alone: the set is the one that was active when the event was received, and its
 * rows are read for the day on which the event happened. So every task, and every replay, comes to the same result.
 */
public final class FactorCatalogue {
    private final List<FactorSet> newestFirst;

    public FactorCatalogue(Collection<FactorSet> sets) {
        newestFirst = sets.stream()
                .sorted(Comparator.comparing(FactorSet::activeFrom)
                        .thenComparing(FactorSet::id)
                        .reversed())
                .toList();
    }

    /** Rates one call; uncovered with an empty set id when no set was active yet. */
    public Rating rate(String provider, String model, String region, Instant ts, Instant receivedAt) {
        for (FactorSet set : newestFirst) {
            if (!receivedAt.isBefore(set.activeFrom())) {
                return set.rate(provider, model, region, ts);
            }
        }
        return Rating.uncovered("");
    }
}
