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
 * A clock behind the real one by what a file says, in milliseconds; several processes share the file. It goes at the real
 * pace and jumps forward when told to, never past the real time: Kafka stamps appends by its own clock, and an event must
 * not be received after its append. Thread-safe.
 */
public final class ChaosClock extends Clock {
    private static final long REREAD_NANOS = Duration.ofMillis(10).toNanos();
    /** By then the other processes have read the file. */
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
     * @throws IllegalArgumentException when that is in the past, or in the real future
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
        throw new UnsupportedOperationException("moments only");
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
            // Readers see the old number or the new one, never half of it.
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
