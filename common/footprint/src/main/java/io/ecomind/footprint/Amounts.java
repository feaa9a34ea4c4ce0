package io.ecomind.footprint;

import java.math.BigDecimal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one call cost, in nano-units: nanowatt-hours, nanolitres, nanograms. Integers, so that a sum does not depend on
 * its order. A quantity that is not known is absent, never 0. Immutable.
 *
 * <p>{@link Quantity#WATER} and {@link Quantity#CARBON} are the sums of their parts as rounded, so that columns add up.
 */
public final class Amounts {
    private static final Bound[] BOUNDS = Bound.values();
    private static final int QUANTITIES = Quantity.values().length;
    private static final long UNKNOWN = -1;

    private final long[] nanos;

    private Amounts(long[] nanos) {
        this.nanos = nanos;
    }

    /** Whether the quantity is known. */
    public boolean has(Quantity quantity) {
        return nanos[index(quantity, Bound.MID)] != UNKNOWN;
    }

    /**
     * The figure in nano-units.
     *
     * @throws IllegalStateException when the quantity is not known
     */
    public long nanos(Quantity quantity, Bound bound) {
        long value = nanos[index(quantity, bound)];
        if (value == UNKNOWN) {
            throw new IllegalStateException(quantity + " is not known");
        }
        return value;
    }

    /** The figure in kWh, L or kg; null when the quantity is not known. */
    public @Nullable BigDecimal decimal(Quantity quantity, Bound bound) {
        long value = nanos[index(quantity, bound)];
        return value == UNKNOWN ? null : BigDecimal.valueOf(value, quantity.scale());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Amounts amounts && Arrays.equals(nanos, amounts.nanos);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(nanos);
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (Quantity quantity : Quantity.values()) {
            if (has(quantity)) {
                text.append(text.isEmpty() ? "" : ", ").append(quantity.column(Bound.MID));
                for (Bound bound : BOUNDS) {
                    text.append(bound == Bound.LOW ? " " : "/").append(decimal(quantity, bound));
                }
            }
        }
        return text.toString();
    }

    private static int index(Quantity quantity, Bound bound) {
        return quantity.ordinal() * BOUNDS.length + bound.ordinal();
    }

    /** Collects the figures of a call. Not thread-safe. */
    public static final class Builder {
        private final long[] nanos = new long[QUANTITIES * BOUNDS.length];

        public Builder() {
            Arrays.fill(nanos, UNKNOWN);
        }

        /**
         * Sets a quantity in nano-units.
         *
         * @throws IllegalArgumentException when a figure is negative or they are not in order
         */
        public Builder set(Quantity quantity, long low, long mid, long high) {
            if (low < 0 || mid < low || high < mid) {
                throw new IllegalArgumentException(
                        quantity + " must be 0 <= low <= mid <= high, was " + low + ", " + mid + ", " + high);
            }
            int first = index(quantity, Bound.LOW);
            nanos[first] = low;
            nanos[first + 1] = mid;
            nanos[first + 2] = high;
            return this;
        }

        /**
         * Rounds a quantity in kWh, L or kg to nano-units, half to even.
         *
         * @param figures low, mid, high
         * @throws ArithmeticException when a figure does not fit into a long of nano-units
         */
        Builder round(Quantity quantity, double[] figures) {
            return round(quantity, figures, 1);
        }

        /** The same for figures that are multiplied first. */
        Builder round(Quantity quantity, double[] figures, double factor) {
            double unit = quantity.scale() == 12 ? 1e12 : 1e9;
            return set(
                    quantity,
                    rounded(figures[0] * factor * unit),
                    rounded(figures[1] * factor * unit),
                    rounded(figures[2] * factor * unit));
        }

        /** Sets a total to the sum of those of its parts that are known; it stays unknown when none is. */
        Builder total(Quantity total, Quantity one, Quantity other) {
            for (Bound bound : BOUNDS) {
                long a = nanos[index(one, bound)];
                long b = nanos[index(other, bound)];
                if (a != UNKNOWN || b != UNKNOWN) {
                    nanos[index(total, bound)] = Math.addExact(Math.max(a, 0), Math.max(b, 0));
                }
            }
            return this;
        }

        /** The finished amounts; the builder must not be used afterwards. */
        public Amounts build() {
            return new Amounts(nanos);
        }

        private static long rounded(double nanos) {
            if (!(nanos < 0x1p63)) {
                throw new ArithmeticException("more nano-units than a long holds: " + nanos);
            }
            return (long) StrictMath.rint(nanos);
        }
    }
}
