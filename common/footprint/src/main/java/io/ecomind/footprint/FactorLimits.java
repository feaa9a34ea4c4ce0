package io.ecomind.footprint;

/** Refuses figures that cannot be true, naming field, value and limit. Stateless. */
final class FactorLimits {
    private FactorLimits() {}

    /** Both ends allowed; NaN is not. */
    static void between(String field, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(
                    field + " must be " + text(least) + " to " + text(most) + ", was " + text(value));
        }
    }

    /** The lower end is not allowed. */
    static void above(String field, double value, double limit, double most) {
        if (!(value > limit && value <= most)) {
            throw new IllegalArgumentException(
                    field + " must be above " + text(limit) + " and at most " + text(most) + ", was " + text(value));
        }
    }

    static String text(double value) {
        return value == StrictMath.rint(value) && StrictMath.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
