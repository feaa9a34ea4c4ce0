package io.ecomind.footprint;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sets of one kind, and which of them was active at a moment: the one that was activated last before it. Immutable.
 *
 * @param <S> the kind of sets
 */
public final class ActiveByTime<S> {
    private final List<Activation<S>> newestFirst;

    /** A set and the moment, in microseconds since 1970 UTC, from which it counts; of two with one moment the later id. */
    public record Activation<S>(S set, String id, long fromMicros) {}

    public ActiveByTime(Collection<Activation<S>> sets) {
        newestFirst = sets.stream()
                .sorted(Comparator.comparingLong((Activation<S> active) -> active.fromMicros())
                        .thenComparing(Activation::id)
                        .reversed())
                .toList();
    }

    /** Null when none was active yet. */
    public @Nullable S at(long micros) {
        for (Activation<S> active : newestFirst) {
            if (micros >= active.fromMicros()) {
                return active.set();
            }
        }
        return null;
    }
}
