package io.ecomind.cli.verify;

import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The identities of the ledger: (organisation, source, id) as 128 bits of SHA-256, each with the {@code ts} it was used
 * for and the day it counts for. An id may be there several times with different {@code ts}. Not thread-safe.
 *
 * <p>Open addressing in primitive arrays, 28 bytes a slot; 256 segments grow one by one, so that growing takes little
 * memory at a time. Three million identities stay below 240 MB.
 */
final class IdentityTable {
    static final int ABSENT = -1;

    /** The enrichment's clock is a watermark, which is behind by this at most. */
    private static final long SLACK_MICROS = 60_000_000;

    private static final long REMEMBERED_MICROS =
            Limits.HORIZON.plus(Limits.GRACE).toMillis() * 1000 + SLACK_MICROS;
    private static final long AHEAD_MICROS = Limits.MAX_AHEAD.toMillis() * 1000 + SLACK_MICROS;
    private static final int SEGMENTS = 256;
    private static final int FIRST_CAPACITY = 64;

    private final Segment[] segments = new Segment[SEGMENTS];
    private final MessageDigest digest = Sha256.digest();
    private final ByteBuffer number = ByteBuffer.allocate(4);
    private long size;

    /** Keys are uniform already, so their low bits serve as the hash. A day of -1 marks a free slot. */
    private static final class Segment {
        private long[] high = new long[FIRST_CAPACITY];
        private long[] low = new long[FIRST_CAPACITY];
        private long[] ts = new long[FIRST_CAPACITY];
        private int[] day = filled(FIRST_CAPACITY);
        private int used;

        private static int[] filled(int capacity) {
            int[] days = new int[capacity];
            Arrays.fill(days, ABSENT);
            return days;
        }

        /** The slot of the same id and ts, or the free one where it belongs. */
        int slot(long wantedHigh, long wantedLow, long wantedTs) {
            int mask = day.length - 1;
            int i = (int) wantedLow & mask;
            while (day[i] != ABSENT && !(high[i] == wantedHigh && low[i] == wantedLow && ts[i] == wantedTs)) {
                i = (i + 1) & mask;
            }
            return i;
        }

        /** The day of the same id and ts, else that of the same id with a ts between the bounds. */
        int find(long wantedHigh, long wantedLow, long wantedTs, long from, long to) {
            int mask = day.length - 1;
            int any = ABSENT;
            for (int i = (int) wantedLow & mask; day[i] != ABSENT; i = (i + 1) & mask) {
                if (high[i] == wantedHigh && low[i] == wantedLow) {
                    if (ts[i] == wantedTs) {
                        return day[i];
                    }
                    any = any == ABSENT && ts[i] >= from && ts[i] <= to ? day[i] : any;
                }
            }
            return any;
        }

        void put(int slot, long newHigh, long newLow, long newTs, int newDay) {
            high[slot] = newHigh;
            low[slot] = newLow;
            ts[slot] = newTs;
            day[slot] = newDay;
            used++;
            if (used > day.length - day.length / 4) {
                grow();
            }
        }

        private void grow() {
            long[] oldHigh = high;
            long[] oldLow = low;
            long[] oldTs = ts;
            int[] oldDay = day;
            int capacity = Math.multiplyExact(oldDay.length, 2);
            high = new long[capacity];
            low = new long[capacity];
            ts = new long[capacity];
            day = filled(capacity);
            for (int i = 0; i < oldDay.length; i++) {
                if (oldDay[i] != ABSENT) {
                    int slot = slot(oldHigh[i], oldLow[i], oldTs[i]);
                    high[slot] = oldHigh[i];
                    low[slot] = oldLow[i];
                    ts[slot] = oldTs[i];
                    day[slot] = oldDay[i];
                }
            }
        }
    }

    IdentityTable() {
        for (int i = 0; i < SEGMENTS; i++) {
            segments[i] = new Segment();
        }
    }

    /** Adds an identity; false when the same id with the same ts is in already. */
    boolean add(UsageEvent event, int day) {
        ByteBuffer hash = hash(event);
        long high = hash.getLong(0);
        long low = hash.getLong(8);
        Segment segment = segment(high);
        int slot = segment.slot(high, low, event.getTsMicros());
        if (segment.day[slot] != ABSENT) {
            return false;
        }
        segment.put(slot, high, low, event.getTsMicros(), day);
        size++;
        return true;
    }

    /**
     * The day that the event's id counts for, {@link #ABSENT} when the ledger does not have the id: with the event's ts,
     * or with another one that the enrichment still remembers when it receives the event.
     */
    int dayOf(UsageEvent event) {
        ByteBuffer hash = hash(event);
        long high = hash.getLong(0);
        long received = event.getReceivedAtMicros();
        return segment(high)
                .find(
                        high,
                        hash.getLong(8),
                        event.getTsMicros(),
                        received - REMEMBERED_MICROS,
                        received + AHEAD_MICROS);
    }

    long size() {
        return size;
    }

    private Segment segment(long high) {
        return segments[(int) (high >>> 56)];
    }

    private ByteBuffer hash(UsageEvent event) {
        update(event.getOrgId());
        update(event.getSource());
        update(event.getId());
        return ByteBuffer.wrap(digest.digest());
    }

    /** With its length in front: "a" + "bc" is not "ab" + "c". */
    private void update(String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        number.clear();
        number.putInt(bytes.length).flip();
        digest.update(number);
        digest.update(bytes);
    }
}
