package io.ecomind.usage;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Moments as microseconds since 1970 UTC, the resolution of the records and of PostgreSQL. Stateless. */
public final class EpochMicros {
    private EpochMicros() {}

    /** Finer parts are cut off. */
    public static long of(Instant moment) {
        return Math.addExact(Math.multiplyExact(moment.getEpochSecond(), 1_000_000L), moment.getNano() / 1_000);
    }

    public static Instant toInstant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
