package io.ecomind.ingest.limits;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * The part of one organisation's quota that this gateway grants on its own while Redis does not answer, by the arithmetic of
 * {@code draw.lua}. Thread-safe.
 *
 * <p>What is granted here is owed: it is added to the day's number in Redis with the next draw that Redis answers.
 */
final class LocalQuota {
    private static final long UNITS = 60_000;

    private long size;
    private long units;
    private long atMillis;
    private @Nullable LocalDate date;
    private long used;
    private long owed;
    /** What Redis said was left of the day when it was asked last. */
    private long knownLeft = Long.MAX_VALUE;

    /**
     * Draws from this gateway's share.
     *
     * @param nowMillis of a clock that never goes back
     */
    synchronized QuotaDraw draw(Quota share, long n, boolean partial, long nowMillis) {
        turnTo(share.date());
        long room = n;
        if (share.perMinute() > 0) {
            fill(share.perMinute(), nowMillis);
            room = Math.min(room, units / UNITS);
        }
        long limit = Math.min(share.perDay(), used + knownLeft < 0 ? Long.MAX_VALUE : used + knownLeft);
        if (share.perDay() > 0) {
            room = Math.min(room, Math.max(0, limit - used));
        }
        long taken = room < n && !partial ? 0 : room;
        units -= share.perMinute() > 0 ? taken * UNITS : 0;
        used += taken;
        owed += taken;
        if (knownLeft != Long.MAX_VALUE) {
            knownLeft -= taken;
        }
        long wanted = Math.min(n, share.perMinute()) * UNITS;
        return new QuotaDraw(
                taken,
                share.perMinute() > 0 ? units / UNITS : Long.MAX_VALUE,
                share.perDay() > 0 ? Math.max(0, limit - used) : Long.MAX_VALUE,
                share.perMinute() > 0 ? ceil(Math.max(0, wanted - units), share.perMinute()) : 0,
                share.perMinute() > 0 ? ceil(share.perMinute() * UNITS - units, share.perMinute()) : 0);
    }

    /** What is to be added to the day's number in Redis; from now on it is no longer owed. */
    synchronized long takeOwed(LocalDate today) {
        turnTo(today);
        long all = owed;
        owed = 0;
        return all;
    }

    /** Gives back what was taken in vain, or takes away what Redis has counted after all. */
    synchronized void owe(LocalDate day, long count) {
        if (day.equals(date)) {
            owed += count;
        }
    }

    synchronized void remember(LocalDate day, long left) {
        if (day.equals(date)) {
            knownLeft = left;
        }
    }

    private void turnTo(LocalDate today) {
        // A thread that looked at the clock before midnight may come after one that did not.
        if (date == null || today.isAfter(date)) {
            date = today;
            used = 0;
            owed = 0;
            knownLeft = Long.MAX_VALUE;
        }
    }

    private void fill(long newSize, long nowMillis) {
        if (size != newSize) {
            size = newSize;
            units = newSize * UNITS;
        } else {
            long passed = Math.max(0, Math.min(UNITS, nowMillis - atMillis));
            units = Math.min(newSize * UNITS, units + passed * newSize);
        }
        atMillis = nowMillis;
    }

    private static long ceil(long amount, long by) {
        return (amount + by - 1) / by;
    }
}
