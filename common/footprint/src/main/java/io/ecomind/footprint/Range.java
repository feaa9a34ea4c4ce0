package io.ecomind.footprint;

/** A figure that is known as a range; a single figure has equal ends. Immutable. */
public record Range(double min, double max) {
    public Range {
        if (!(min <= max)) {
            throw new IllegalArgumentException("min must not be above max, was " + min + " to " + max);
        }
    }

    public static Range of(double value) {
        return new Range(value, value);
    }

    /** low = min, mid = mean of min and max, high = max. */
    public double at(Bound bound) {
        return switch (bound) {
            case LOW -> min;
            case MID -> (min + max) / 2;
            case HIGH -> max;
        };
    }
}
