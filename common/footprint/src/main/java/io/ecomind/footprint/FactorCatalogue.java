package io.ecomind.footprint;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * All factor sets, and which of them rates an event. Immutable and thread-safe.
 *
 * <p>The choice depends on the event alone: the set is the one that was active when the event was received, and its
 * rows are read for the day on which the event happened. So every task, and every replay, comes to the same result.
 */
public final class FactorCatalogue {
    private final ActiveByTime<FactorSet> sets;

    /** A set and the moment, in microseconds since 1970 UTC, from which what is received is rated by it. */
    public record Active(FactorSet set, long fromMicros) {}

    public FactorCatalogue(Collection<Active> sets) {
        this.sets = new ActiveByTime<>(sets.stream()
                .map(active ->
                        new ActiveByTime.Activation<>(active.set(), active.set().id(), active.fromMicros()))
                .toList());
    }

    /** The set that rates what is received at a moment; null when none was active yet. */
    public @Nullable FactorSet activeAt(long receivedAtMicros) {
        return sets.at(receivedAtMicros);
    }

    /** Rates one call; uncovered with an empty set id when no set was active yet. */
    public Rating rate(UsageCall call, OrganisationFactors own) {
        FactorSet set = activeAt(call.receivedAtMicros());
        return set == null ? Rating.uncovered("") : set.rate(call, own);
    }
}
