package io.ecomind.api.restatements;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.JsonBody;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request to restate days. Immutable.
 *
 * @param factorSet the set to rate all calls by; null to count late events
 */
record NewRestatement(
        LocalDate from, LocalDate to, @Nullable String factorSet, String reason) {
    static final Set<String> FIELDS = Set.of("from", "to", "factor_set", "reason");

    private static final int MAX_DATE = 32;
    private static final int MAX_SET = 64;
    private static final int MAX_REASON = 1_000;

    static NewRestatement fromBody(JsonBody body) {
        LocalDate from = date(body, "from");
        LocalDate to = date(body, "to");
        long days = ChronoUnit.DAYS.between(from, to) + 1;
        if (days < 1) {
            throw new AppException(
                    ErrorCode.FIELD_OUT_OF_RANGE, "to must not be before from, was from " + from + " to " + to);
        }
        if (days > DateRange.MAX_DAYS) {
            throw new AppException(
                    ErrorCode.FIELD_OUT_OF_RANGE,
                    "from and to must span at most " + DateRange.MAX_DAYS + " days, was " + days + " from " + from
                            + " to " + to);
        }
        return new NewRestatement(
                from, to, body.string("factor_set", MAX_SET), body.requiredString("reason", MAX_REASON));
    }

    /** As the table names it. */
    String kind() {
        return factorSet == null ? "late" : "rerate";
    }

    private static LocalDate date(JsonBody body, String field) {
        String text = body.requiredString(field, MAX_DATE);
        LocalDate date = QueryParameters.dateOf(text);
        if (date == null) {
            throw new AppException(ErrorCode.FIELD_INVALID, field + QueryParameters.NO_DATE + text + "'");
        }
        return date;
    }
}
