package io.ecomind.factors;

import io.ecomind.footprint.Citation;
import io.ecomind.footprint.Range;
import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.Validity;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One row of a file; what cannot be read is an IllegalArgumentException that names the field. */
final class CsvRow {
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,15}(\\.[0-9]{1,20})?");
    private static final Pattern HOUR = Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:00:00Z");

    // java.time reads more, such as years of ten digits, which do not fit into microseconds.
    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern MOMENT = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");

    private final long line;
    private final List<String> names;
    private final List<String> values;
    private final Citations citations;

    /** One citation for the many rows that share it. */
    static final class Citations {
        private final Map<Citation, Citation> known = new HashMap<>();

        Citation of(String source, String licence) {
            return known.computeIfAbsent(new Citation(source, licence), citation -> citation);
        }
    }

    CsvRow(long line, List<String> names, List<String> values, Citations citations) {
        this.line = line;
        this.names = names;
        this.values = values;
        this.citations = citations;
    }

    /** Where the row begins in its file, from 1 on. */
    long line() {
        return line;
    }

    String text(String field) {
        String value = values.get(names.indexOf(field));
        if (!value.equals(value.strip())) {
            throw new IllegalArgumentException(field + " must not begin or end with a space, was '" + value + "'");
        }
        return value;
    }

    double number(String field) {
        String value = text(field);
        if (!NUMBER.matcher(value).matches()) {
            throw new IllegalArgumentException(field + " must be a plain decimal number, was '" + value + "'");
        }
        return Double.parseDouble(value);
    }

    /** 0 when empty. */
    double optional(String field) {
        return text(field).isEmpty() ? 0 : number(field);
    }

    /** 0 when empty; a 0 that is written down is impossible. */
    double speed(String field) {
        double value = optional(field);
        if (!text(field).isEmpty() && value <= 0) {
            throw new IllegalArgumentException(field + " must be above 0 (or empty when unknown), was " + text(field));
        }
        return value;
    }

    int whole(String field) {
        String value = text(field);
        if (!value.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(field + " must be a whole number, was '" + value + "'");
        }
        return Integer.parseInt(value);
    }

    Range range(String min, String max) {
        double low = number(min);
        double high = number(max);
        if (low > high) {
            throw new IllegalArgumentException(
                    min + " must not be above " + max + ", was " + text(min) + " and " + text(max));
        }
        return new Range(low, high);
    }

    Validity validity() {
        return Validity.between(date("valid_from"), date("valid_to"));
    }

    private @Nullable LocalDate date(String field) {
        String value = text(field);
        try {
            return value.isEmpty() ? null : day(value);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(field + " must be a date yyyy-MM-dd, was '" + value + "'", e);
        }
    }

    private static LocalDate day(String value) {
        if (!DAY.matcher(value).matches()) {
            throw new DateTimeParseException("not yyyy-MM-dd", value, 0);
        }
        return LocalDate.parse(value);
    }

    Instant moment(String field) {
        String value = text(field);
        try {
            if (HOUR.matcher(value).matches()) {
                // The form of most rows, read several times as fast as by Instant.parse.
                return hour(value);
            }
            return MOMENT.matcher(value).matches()
                    ? Instant.parse(value)
                    : day(value).atStartOfDay(ZoneOffset.UTC).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    field + " must be a date yyyy-MM-dd or a moment yyyy-MM-ddTHH:00:00Z, was '" + value + "'", e);
        }
    }

    SetRow.Resolution resolution(String field) {
        return switch (text(field)) {
            case "hour" -> SetRow.Resolution.HOUR;
            case "month" -> SetRow.Resolution.MONTH;
            case "year" -> SetRow.Resolution.YEAR;
            default ->
                throw new IllegalArgumentException(field + " must be hour, month or year, was '"
                        + text(field).toLowerCase(Locale.ROOT) + "'");
        };
    }

    Citation citation() {
        return citations.of(text("source"), text("licence"));
    }

    /** A full hour, yyyy-MM-ddTHH:00:00Z. */
    static Instant hour(String text) {
        var date = LocalDate.of(
                Integer.parseInt(text, 0, 4, 10), Integer.parseInt(text, 5, 7, 10), Integer.parseInt(text, 8, 10, 10));
        return date.atTime(Integer.parseInt(text, 11, 13, 10), 0).toInstant(ZoneOffset.UTC);
    }
}
