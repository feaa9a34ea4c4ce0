package io.ecomind.ingest.publish;

import io.ecomind.usage.EpochMicros;
import java.time.Clock;
import java.util.TreeMap;

/**
 * Hands out received_at and knows the smallest one that is still on its way to Kafka, so that a heartbeat never says
 * more than is true. Thread-safe.
 */
public final class ReceivedClock {
    private final Clock clock;
    private final TreeMap<Long, Integer> onTheirWay = new TreeMap<>();
    private long lowWatermarkMicros = Long.MIN_VALUE;

    public ReceivedClock(Clock clock) {
        this.clock = clock;
    }

    /** The received_at of a request that starts now; {@link #leave} must follow when its records are handed over. */
    public synchronized long enter() {
        // A clock that is set back must not give a time below that of an earlier heartbeat.
        long micros = Math.max(EpochMicros.of(clock.instant()), lowWatermarkMicros);
        onTheirWay.merge(micros, 1, Integer::sum);
        return micros;
    }

    public synchronized void leave(long micros) {
        onTheirWay.computeIfPresent(micros, (key, count) -> count == 1 ? null : count - 1);
    }

    /** Every record that is handed over from now on was received at this moment or later. */
    public synchronized long lowWatermark() {
        long now = EpochMicros.of(clock.instant());
        long floor = onTheirWay.isEmpty() ? now : Math.min(now, onTheirWay.firstKey());
        lowWatermarkMicros = Math.max(lowWatermarkMicros, floor);
        return lowWatermarkMicros;
    }
}
