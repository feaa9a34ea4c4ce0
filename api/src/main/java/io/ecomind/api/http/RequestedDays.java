package io.ecomind.api.http;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** The days that a request names with {@code from} and {@code to}, either of which may be absent. Immutable. */
public record RequestedDays(
        @Nullable LocalDate from, @Nullable LocalDate to) {
    private static final int DEFAULT_DAYS = 30;

    public static RequestedDays fromQuery(QueryParameters parameters) {
        LocalDate to = parameters.date("to");
        return new RequestedDays(parameters.date("from"), to);
    }

    /** The range; what is absent follows from the organisation's day: the thirty days that end with it. */
    public DateRange resolve(LocalDate today) {
        LocalDate end = to == null ? today : to;
        return new DateRange(from == null ? end.minusDays(DEFAULT_DAYS - 1) : from, end);
    }
}
