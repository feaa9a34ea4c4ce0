package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions. Stateless. */
final class Waiting {
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    private static final Duration READY_WITHIN = Duration.ofSeconds(90);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

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
            pause(POLL_INTERVAL);
        }
    }

    /** Waits until the process that serves HTTP on the port says that it is ready. */
    static void untilReady(int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
                .timeout(Duration.ofSeconds(5))
                .build();
        until("port " + port + " is ready", READY_WITHIN, () -> {
            try {
                return HTTP.send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandException("interrupted while waiting for port " + port, e);
            }
        });
    }

    /**
     * Waits until the process listens on the loopback port.
     *
     * @throws CommandException also when the process has ended
     */
    static void untilListening(ChildProcess process, int port) {
        until(process.name() + " listens on port " + port, READY_WITHIN, () -> {
            try (var ignored = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return true;
            } catch (IOException notYet) {
                if (!process.isAlive()) {
                    throw new CommandException(process.name() + " has ended before it listened on port " + port
                            + "; see " + process.output());
                }
                return false;
            }
        });
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
