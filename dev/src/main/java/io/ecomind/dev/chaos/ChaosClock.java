package io.ecomind.dev.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that is behind the real one by the milliseconds in a file, which several processes share. It runs at the real
 * pace and can jump forward, but never past the real time: Kafka stamps appends by its own clock, and an event must
 * not be received after its append. Thread-safe.
 */
public final class ChaosClock extends Clock {
    private static final long REREAD_NANOS = Duration.ofMillis(10).toNanos();
    /** The other processes have read the file after this time. */
    private static final Duration SEEN_WITHIN = Duration.ofMillis(100);

    private final Path file;
    private long behindMillis;
    private long readAtNanos;

    private ChaosClock(Path file) {
        this.file = file;
        this.behindMillis = read();
        this.readAtNanos = System.nanoTime();
    }

    /** The clock of a process that does not set it. */
    public static ChaosClock of(Path file) {
        return new ChaosClock(file);
    }

    /** Sets the clock and returns it. */
    static ChaosClock create(Path file, Instant now) {
        write(file, Duration.between(now, Instant.now()).toMillis());
        return new ChaosClock(file);
    }

    /**
     * Jumps forward.
     *
     * @throws IllegalArgumentException when the moment is before this clock's time or after the real time
     */
    synchronized void jumpTo(Instant moment) {
        if (moment.isBefore(instant())) {
            throw new IllegalArgumentException("the clock shows " + instant() + " and cannot go back to " + moment);
        }
        if (moment.isAfter(Instant.now())) {
            throw new IllegalArgumentException("the clock cannot pass the real time, asked for " + moment);
        }
        behindMillis = Duration.between(moment, Instant.now()).toMillis();
        write(file, behindMillis);
        Waiting.pause(SEEN_WITHIN);
    }

    void jump(Duration ahead) {
        jumpTo(instant().plus(ahead));
    }

    @Override
    public synchronized Instant instant() {
        long now = System.nanoTime();
        if (now - readAtNanos > REREAD_NANOS) {
            behindMillis = read();
            readAtNanos = now;
        }
        return Instant.now().minusMillis(behindMillis);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("a chaos clock has no zone but UTC");
    }

    private long read() {
        try {
            return Long.parseLong(Files.readString(file, StandardCharsets.UTF_8).trim());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, long behind) {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            Files.writeString(next, Long.toString(behind), StandardCharsets.UTF_8);
            // The atomic move makes readers see either the old number or the new one.
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
