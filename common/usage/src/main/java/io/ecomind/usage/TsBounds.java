package io.ecomind.usage;

import io.ecomind.contracts.Limits;
import java.time.Instant;

/**
 * Between which moments the {@code ts} of an event may be. Immutable.
 *
 * @param earliestMicros microseconds since 1970, as the other
 * @param earliest the lower bound in words, to stand behind "ts must be"
 */
public record TsBounds(long earliestMicros, long latestMicros, String earliest) {
    /** The first moment that an event may have, however it comes in. */
    public static final long OLDEST_MICROS = EpochMicros.of(Limits.OLDEST_TS);

    private static final String RETAINED = "at most " + Limits.RETENTION.toDays() + " days old";

    /** The gateway judges a ts by its clock before it takes the moment of the receipt, which may be a little earlier. */
    private static final long RECEIPT_TOLERANCE_MICROS = 1_000_000;

    /** Bounds of what a key may send at a moment. */
    public static TsBounds ofIngest(Instant now) {
        return new TsBounds(
                EpochMicros.of(now.minus(Limits.RETENTION)),
                EpochMicros.of(now.plus(Limits.MAX_AHEAD)),
                RETAINED + " (a key with scope import may send older)");
    }

    /** Bounds of what a key with the scope {@code import} may send at a moment. */
    public static TsBounds ofImport(Instant now) {
        // Without a lower bound one typing error would ask for partitions of every month since the year 0.
        return new TsBounds(OLDEST_MICROS, EpochMicros.of(now.plus(Limits.MAX_AHEAD)), Limits.OLDEST_TS + " or later");
    }

    /** Bounds of what is estimated at a moment. */
    public static TsBounds ofEstimate(Instant now) {
        return new TsBounds(
                EpochMicros.of(now.minus(Limits.RETENTION)), EpochMicros.of(now.plus(Limits.MAX_AHEAD)), RETAINED);
    }

    /** Whether an event that was received at a moment may have this ts, whatever its key was allowed to send. */
    public static boolean isPossible(long tsMicros, long receivedAtMicros) {
        return tsMicros >= OLDEST_MICROS
                && tsMicros <= receivedAtMicros + Limits.MAX_AHEAD.toMillis() * 1000 + RECEIPT_TOLERANCE_MICROS;
    }
}
