package io.ecomind.api.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.usage.PrintableStrings;
import io.javalin.http.Context;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a request, read by type. Immutable. What is unknown, empty, repeated or malformed is rejected
 * with INVALID_PARAMETER: a typo must not become a silent default.
 */
public final class QueryParameters {
    private static final String ORGANISATION = "org_id";
    private static final int MAX_SHOWN = 64;
    private static final LocalDate FIRST = LocalDate.of(1990, 1, 1);
    private static final LocalDate LAST = LocalDate.of(2199, 12, 31);

    /** What a message says of a string that is no date, before the string itself. */
    public static final String NO_DATE = " must be a date such as 2026-01-31 in " + FIRST + ".." + LAST + ", was '";

    private final Map<String, String> values;

    private QueryParameters(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads the parameters of a request.
     *
     * @param allowed names besides {@code org_id}, which every path takes
     */
    public static QueryParameters of(Context ctx, String... allowed) {
        return of(ctx.queryParamMap(), Set.of(allowed));
    }

    private static QueryParameters of(Map<String, List<String>> query, Set<String> allowed) {
        Map<String, String> values = new HashMap<>();
        query.forEach((name, given) -> {
            if (!name.equals(ORGANISATION) && !allowed.contains(name)) {
                Set<String> known = new TreeSet<>(allowed);
                known.add(ORGANISATION);
                throw invalid("unknown parameter '" + shortened(name) + "'; known are " + String.join(", ", known));
            }
            values.put(name, single(name, given));
        });
        return new QueryParameters(Map.copyOf(values));
    }

    /** The organisation that the query names, which every path takes; null when it names none. */
    public static @Nullable String organisation(Context ctx) {
        List<String> given = ctx.queryParams(ORGANISATION);
        return given.isEmpty() ? null : single(ORGANISATION, given);
    }

    private static String single(String name, List<String> given) {
        if (given.size() != 1) {
            throw invalid(name + " must be given once, was given " + given.size() + " times");
        }
        String value = given.get(0);
        // PostgreSQL stores no NUL.
        if (value.isEmpty() || value.indexOf('\0') >= 0) {
            throw invalid(name + " must be a string of at least one character and without NUL");
        }
        return value;
    }

    /** A string of at most {@code maxLength} characters, null when absent. */
    public @Nullable String string(String name, int maxLength) {
        String value = values.get(name);
        if (value != null && value.length() > maxLength) {
            throw invalid(name + " must be at most " + maxLength + " characters, was " + value.length());
        }
        return value;
    }

    /** An ISO date, null when absent. */
    public @Nullable LocalDate date(String name) {
        String value = values.get(name);
        if (value == null) {
            return null;
        }
        LocalDate date = dateOf(value);
        if (date == null) {
            throw invalid(name + NO_DATE + shortened(value) + "'");
        }
        return date;
    }

    /** An ISO date within the bounds that every path has; null when the string is none. */
    public static @Nullable LocalDate dateOf(String value) {
        try {
            LocalDate date = LocalDate.parse(value);
            return date.isBefore(FIRST) || date.isAfter(LAST) ? null : date;
        } catch (DateTimeParseException notADate) {
            return null;
        }
    }

    /** An integer within bounds. */
    public int integer(String name, int defaultValue, int min, int max) {
        String value = values.get(name);
        if (value == null) {
            return defaultValue;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Rejected below, like a number out of bounds.
        }
        throw invalid(name + " must be an integer " + min + ".." + max + ", was '" + shortened(value) + "'");
    }

    /** The problem of a parameter. */
    public static AppException invalid(String detail) {
        return new AppException(ErrorCode.INVALID_PARAMETER, detail);
    }

    /** A value as it may be repeated in a message: short, and without control characters. */
    public static String shortened(String value) {
        return PrintableStrings.printable(value, MAX_SHOWN);
    }
}
