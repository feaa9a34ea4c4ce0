package io.ecomind.api.http;

import java.time.LocalDate;
import java.time.temporal.ChronoUnit;

/** Local days, both ends included, at least one and at most {@link #MAX_DAYS}. Immutable. */
public record DateRange(LocalDate from, LocalDate to) {
    /** As many as are kept. */
    public static final int MAX_DAYS = 400;

    public DateRange {
        long days = ChronoUnit.DAYS.between(from, to) + 1;
        if (days < 1) {
            throw QueryParameters.invalid("to must not be before from, was from " + from + " to " + to);
        }
        if (days > MAX_DAYS) {
            throw QueryParameters.invalid(
                    "from and to must span at most " + MAX_DAYS + " days, was " + days + " from " + from + " to " + to);
        }
    }
}
