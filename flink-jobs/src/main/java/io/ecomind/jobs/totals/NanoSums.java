package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.Band;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.runtime.CopyText;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A sum of nano-units for each {@link Figure}. A quantity to which nothing was added is unknown, which differs from 0.
 * Not thread-safe.
 *
 * <p>Sums are exact however large they get: one is {@code carries * 2^62 + nanos}. The array of carries, which hardly
 * any sum needs, is empty until there is one. All fields are primitive, because a sum is serialized each time it enters
 * a window's state.
 */
final class NanoSums {
    private static final int FIGURES = Figure.ALL.size();
    private static final int DIGITS = 62;
    private static final long MASK = (1L << DIGITS) - 1;

    private int known;
    private final long[] nanos;
    private long[] carries;

    NanoSums() {
        this(0, new long[FIGURES], new long[0]);
    }

    /**
     * Continues from sums that the other methods returned. Keeps the arrays and does not copy them.
     *
     * @param known a bit for each quantity, by ordinal
     * @param carries empty when all are 0
     */
    NanoSums(int known, long[] nanos, long[] carries) {
        this.known = known;
        this.nanos = nanos;
        this.carries = carries;
    }

    void add(Quantity quantity, Band band) {
        known |= 1 << quantity.ordinal();
        int low = Figure.index(quantity, Bound.LOW);
        add(low, band.getLow());
        add(low + 1, band.getMid());
        add(low + 2, band.getHigh());
    }

    void add(NanoSums other) {
        known |= other.known;
        for (int i = 0; i < FIGURES; i++) {
            add(i, other.nanos[i]);
        }
        for (int i = 0; i < other.carries.length; i++) {
            carry(i, other.carries[i]);
        }
    }

    private void add(int index, long value) {
        // Both parts are below 2^62, so their sum cannot overflow.
        long sum = nanos[index] + (value & MASK);
        nanos[index] = sum & MASK;
        long carried = (sum >>> DIGITS) + (value >> DIGITS);
        if (carried != 0) {
            carry(index, carried);
        }
    }

    private void carry(int index, long carried) {
        if (carries.length == 0) {
            carries = new long[FIGURES];
        }
        carries[index] = Math.addExact(carries[index], carried);
    }

    /** The sum in kWh, L or kg; null when the quantity is unknown. */
    @Nullable
    BigDecimal toDecimal(Figure figure) {
        if (!knows(figure.quantity())) {
            return null;
        }
        int index = figure.index();
        if (carries.length == 0 || carries[index] == 0) {
            return BigDecimal.valueOf(nanos[index], figure.scale());
        }
        return exact(index, figure.scale());
    }

    private BigDecimal exact(int index, int scale) {
        BigInteger sum = BigInteger.valueOf(carries[index]).shiftLeft(DIGITS).add(BigInteger.valueOf(nanos[index]));
        return new BigDecimal(sum, scale);
    }

    /** Writes all figures in order, without allocating for those below 2^62. */
    void copyTo(CopyText row) {
        for (Figure figure : Figure.ALL) {
            int index = figure.index();
            if (!knows(figure.quantity())) {
                row.unknown();
            } else if (carries.length == 0 || carries[index] == 0) {
                row.decimal(nanos[index], figure.scale());
            } else {
                row.text(exact(index, figure.scale()).toPlainString());
            }
        }
    }

    private boolean knows(Quantity quantity) {
        return (known & 1 << quantity.ordinal()) != 0;
    }

    /** A bit for each quantity, by ordinal. */
    int known() {
        return known;
    }

    /** A copy, by {@link Figure#index}. */
    long[] nanos() {
        return nanos.clone();
    }

    /** A copy, by {@link Figure#index}; empty when all are 0. */
    long[] carries() {
        return carries.clone();
    }
}
