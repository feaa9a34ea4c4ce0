package io.ecomind.footprint;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * The days (UTC) on which a row holds. Immutable.
 *
 * @param fromDay first day, days since 1970-01-01
 * @param toDay first day on which it no longer holds
 */
public record Validity(long fromDay, long toDay) {
    public static final Validity ALWAYS = new Validity(Long.MIN_VALUE, Long.MAX_VALUE);

    public Validity {
        if (toDay <= fromDay) {
            throw new IllegalArgumentException("valid_to must be after valid_from, was " + LocalDate.ofEpochDay(toDay)
                    + " and " + LocalDate.ofEpochDay(fromDay));
        }
    }

    /** Null means without limit. */
    public static Validity between(@Nullable LocalDate from, @Nullable LocalDate to) {
        return new Validity(
                from == null ? Long.MIN_VALUE : from.toEpochDay(), to == null ? Long.MAX_VALUE : to.toEpochDay());
    }

    public boolean holdsOn(long day) {
        return day >= fromDay && day < toDay;
    }

    /** Whether both hold on some day. */
    public boolean overlaps(Validity other) {
        return fromDay < other.toDay && other.fromDay < toDay;
    }
}
