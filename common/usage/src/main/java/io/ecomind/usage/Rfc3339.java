package io.ecomind.usage;

import java.time.DateTimeException;
import java.time.LocalDate;

/** Reads RFC 3339 times as microseconds since 1970 UTC, cutting what is finer. Stateless. */
public final class Rfc3339 {
    private static final long SECONDS_PER_DAY = 86_400;
    private static final int MAX_FRACTION = 9;

    private Rfc3339() {}

    /**
     * Reads a timestamp as microseconds since 1970.
     *
     * @throws DateTimeException saying what is wrong
     */
    public static long parseMicros(String text) {
        if (text.length() < 19
                || text.charAt(4) != '-'
                || text.charAt(7) != '-'
                || text.charAt(13) != ':'
                || text.charAt(16) != ':'
                || "Tt ".indexOf(text.charAt(10)) < 0) {
            throw new DateTimeException("must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
        }
        long day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2))
                .toEpochDay();
        int hour = bounded(digits(text, 11, 2), 23, "hour");
        int minute = bounded(digits(text, 14, 2), 59, "minute");
        int second = bounded(digits(text, 17, 2), 59, "second");
        int at = 19;
        long micros = 0;
        if (at < text.length() && text.charAt(at) == '.') {
            int start = ++at;
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            if (at == start || at - start > MAX_FRACTION) {
                throw new DateTimeException("must have 1.." + MAX_FRACTION + " digits after the point");
            }
            for (int i = 0; i < 6; i++) {
                micros = micros * 10 + (start + i < at ? text.charAt(start + i) - '0' : 0);
            }
        }
        long seconds = day * SECONDS_PER_DAY + hour * 3600L + minute * 60L + second - offsetSeconds(text, at);
        return Math.addExact(Math.multiplyExact(seconds, 1_000_000L), micros);
    }

    private static long offsetSeconds(String text, int at) {
        if (at == text.length()) {
            throw new DateTimeException("must end with its zone, such as Z or +02:00");
        }
        char sign = text.charAt(at);
        if ((sign == 'Z' || sign == 'z') && at + 1 == text.length()) {
            return 0;
        }
        if ((sign != '+' && sign != '-') || text.length() != at + 6 || text.charAt(at + 3) != ':') {
            throw new DateTimeException("must end with its zone, such as Z or +02:00");
        }
        long seconds = bounded(digits(text, at + 1, 2), 23, "zone hour") * 3600L
                + bounded(digits(text, at + 4, 2), 59, "zone minute") * 60L;
        return sign == '-' ? -seconds : seconds;
    }

    private static int digits(String text, int at, int count) {
        int value = 0;
        for (int i = at; i < at + count; i++) {
            char c = text.charAt(i);
            if (!isDigit(c)) {
                throw new DateTimeException("must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private static int bounded(int value, int max, String what) {
        if (value > max) {
            throw new DateTimeException("must have a " + what + " of 0.." + max);
        }
        return value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
