package io.ecomind.jobs.runtime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Rows in PostgreSQL's COPY text format, put together as bytes without an object per value. Each method writes the
 * next value of the row. Not thread-safe.
 */
public final class CopyText {
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;
    /** More than any number or moment is long. */
    private static final int LONGEST = 64;

    private static final long[] POWERS_OF_TEN = powersOfTen();

    private byte[] bytes;
    private int size;
    private long lastEpochDay = Long.MIN_VALUE;
    private byte[] lastDate = {};

    public CopyText(int expectedBytes) {
        bytes = new byte[expectedBytes];
    }

    /**
     * Copies rows into a table.
     *
     * @param target the table with its columns in parentheses
     */
    public static void copyInto(Connection connection, String target, byte[] rows) throws SQLException, IOException {
        connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY " + target + " FROM STDIN", new ByteArrayInputStream(rows), 1 << 16);
    }

    /** The rows so far. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** Ends the row. */
    public void endRow() {
        bytes[size - 1] = '\n';
    }

    public void unknown() {
        ensure(LONGEST);
        bytes[size++] = '\\';
        bytes[size++] = 'N';
        endValue();
    }

    public void text(String value) {
        // At most three bytes for a char, or two for an escaped one.
        ensure(3 * value.length() + 1);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                for (byte b : value.substring(i).getBytes(StandardCharsets.UTF_8)) {
                    escaped(b);
                }
                break;
            }
            escaped((byte) c);
        }
        endValue();
    }

    public void textOrUnknown(@Nullable String value) {
        if (value == null) {
            unknown();
        } else {
            text(value);
        }
    }

    public void bool(boolean value) {
        ensure(LONGEST);
        bytes[size++] = (byte) (value ? 't' : 'f');
        endValue();
    }

    public void number(long value) {
        if (value < 0) {
            text(Long.toString(value));
        } else {
            decimal(value, 0);
        }
    }

    public void numberOrUnknown(boolean present, long value) {
        if (present) {
            number(value);
        } else {
            unknown();
        }
    }

    /** {@code units / 10^scale}, with all its decimal places. */
    public void decimal(long units, int scale) {
        if (units < 0) {
            text(BigDecimal.valueOf(units, scale).toPlainString());
            return;
        }
        ensure(LONGEST);
        long one = POWERS_OF_TEN[scale];
        long whole = units / one;
        int digits = 1;
        for (long rest = whole; rest >= 10; rest /= 10) {
            digits++;
        }
        padded(whole, digits);
        if (scale > 0) {
            bytes[size++] = '.';
            padded(units - whole * one, scale);
        }
        endValue();
    }

    public void date(long epochDay) {
        ensure(LONGEST);
        dateDigits(epochDay);
        endValue();
    }

    /** A moment in microseconds since 1970, UTC. */
    public void moment(long micros) {
        ensure(LONGEST);
        dateDigits(Math.floorDiv(micros, MICROS_PER_DAY));
        long ofDay = Math.floorMod(micros, MICROS_PER_DAY);
        long second = ofDay / MICROS_PER_SECOND;
        bytes[size++] = ' ';
        padded(second / 3600, 2);
        bytes[size++] = ':';
        padded(second / 60 % 60, 2);
        bytes[size++] = ':';
        padded(second % 60, 2);
        bytes[size++] = '.';
        padded(ofDay % MICROS_PER_SECOND, 6);
        bytes[size++] = '+';
        bytes[size++] = '0';
        bytes[size++] = '0';
        endValue();
    }

    private void dateDigits(long epochDay) {
        // Neighbours are mostly of the same day.
        if (epochDay != lastEpochDay) {
            lastDate = LocalDate.ofEpochDay(epochDay).toString().getBytes(StandardCharsets.US_ASCII);
            lastEpochDay = epochDay;
        }
        System.arraycopy(lastDate, 0, bytes, size, lastDate.length);
        size += lastDate.length;
    }

    private void padded(long value, int digits) {
        long rest = value;
        for (int place = size + digits - 1; place >= size; place--) {
            bytes[place] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
    }

    private void escaped(byte b) {
        switch (b) {
            case '\\' -> escape('\\');
            case '\t' -> escape('t');
            case '\n' -> escape('n');
            case '\r' -> escape('r');
            default -> bytes[size++] = b;
        }
    }

    private void escape(char letter) {
        bytes[size++] = '\\';
        bytes[size++] = (byte) letter;
    }

    private void endValue() {
        bytes[size++] = '\t';
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
        }
    }

    private static long[] powersOfTen() {
        var powers = new long[19];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = 10 * powers[i - 1];
        }
        return powers;
    }
}
