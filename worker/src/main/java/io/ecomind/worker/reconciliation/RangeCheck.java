package io.ecomind.worker.reconciliation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The counts of one range of a partition of events.raw. Not thread-safe. */
final class RangeCheck {
    /** By how much the receipt of a record may be before that of an earlier offset in its partition. */
    private static final Duration OUT_OF_ORDER = Duration.ofSeconds(15);

    private final int partition;
    private final long from;
    private final Map<Disposition, Long> counts = new EnumMap<>(Disposition.class);
    private final List<CheckedRecord> missing = new ArrayList<>();
    private long to;
    private @Nullable Instant receivedThrough;

    /** @param receivedThrough of the range before, null for the first */
    RangeCheck(int partition, long from, @Nullable Instant receivedThrough) {
        this.partition = partition;
        this.from = from;
        this.to = from;
        this.receivedThrough = receivedThrough;
    }

    void heartbeat(Instant receivedAt) {
        counts.merge(Disposition.HEARTBEAT, 1L, Long::sum);
        through(receivedAt);
    }

    void add(CheckedRecord candidate, Disposition outcome) {
        counts.merge(outcome, 1L, Long::sum);
        if (outcome == Disposition.MISSING) {
            missing.add(candidate);
        }
        through(candidate.receivedAt().minus(OUT_OF_ORDER));
    }

    void end(long exclusive) {
        to = exclusive;
    }

    private void through(Instant moment) {
        if (receivedThrough == null || moment.isAfter(receivedThrough)) {
            receivedThrough = moment;
        }
    }

    int partition() {
        return partition;
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    long count(Disposition outcome) {
        return counts.getOrDefault(outcome, 0L);
    }

    List<CheckedRecord> missing() {
        return missing;
    }

    @Nullable
    Instant receivedThrough() {
        return receivedThrough;
    }
}
