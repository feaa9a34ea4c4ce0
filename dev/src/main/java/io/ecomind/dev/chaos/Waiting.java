package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions. Stateless. */
final class Waiting {
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private Waiting() {}

    /**
     * Returns when the condition holds.
     *
     * @throws CommandException when it does not hold within the patience
     */
    static void until(String what, Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new CommandException("after " + patience.toSeconds() + " s it is still not true that " + what);
            }
            pause(LOOK_EVERY);
        }
    }

    /** Waits, so that a fault lasts. */
    static void pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new CommandException("interrupted");
            }
        }
    }
}
