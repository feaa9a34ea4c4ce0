package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.testkit.ServerStartException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a stack that run, and how they start and stop: one after the other, in the order of {@link StackPart}, and
 * back in the reverse order, so that nothing loses what it depends on. Thread-safe.
 */
final class StackParts {
    private static final Logger log = LoggerFactory.getLogger(StackParts.class);

    /** In the order of their start. */
    enum StackPart {
        LOCK("lock"),
        LEFTOVERS("temporary files"),
        POSTGRES("PostgreSQL"),
        KAFKA("Kafka"),
        REDIS("Redis"),
        GATEWAY("gateway"),
        API("API"),
        WORKER("worker"),
        MANAGEMENT("management port"),
        HTTP("HTTP"),
        FLINK("Flink jobs");

        private final String title;

        StackPart(String title) {
            this.title = title;
        }
    }

    private final StackListener listener;

    /** Guards itself and {@link #stopping}. */
    private final Map<StackPart, AutoCloseable> running = new EnumMap<>(StackPart.class);

    private boolean stopping;

    StackParts(StackListener listener) {
        this.listener = listener;
    }

    /** Has a part stopped by {@link #stopAll}, also by one that waits for the end of the start already. */
    void keep(StackPart part, AutoCloseable closeable) {
        synchronized (running) {
            running.put(part, closeable);
        }
    }

    boolean runs(StackPart part) {
        synchronized (running) {
            return running.containsKey(part);
        }
    }

    /** No part is started any more. */
    void refuseStarts() {
        synchronized (running) {
            stopping = true;
        }
    }

    void failWhenStopping() {
        synchronized (running) {
            if (stopping) {
                throw new CommandException("stopped while it was starting");
            }
        }
    }

    /** Starts a part that has no address of its own. */
    <T> T start(StackPart part, Callable<T> start) {
        return start(part, started -> "", start);
    }

    /**
     * Starts a part and tells the listener how long that took.
     *
     * @param address what of it may be shown: no secret
     */
    <T> T start(StackPart part, Function<T, String> address, Callable<T> start) {
        failWhenStopping();
        long begin = System.nanoTime();
        T started;
        try {
            started = start.call();
        } catch (CommandException e) {
            throw e;
        } catch (ServerStartException e) {
            // Its message is complete.
            throw new CommandException(String.valueOf(e.getMessage()), e);
        } catch (Exception e) {
            throw new CommandException(part.title + " did not start: " + withCauses(e), e);
        }
        tell(part.title, address.apply(started), begin);
        return started;
    }

    /** Tells the listener about something that is no part of its own. */
    void tell(String part, String address, long beginNanos) {
        synchronized (listener) {
            listener.started(part, address, Duration.ofNanos(System.nanoTime() - beginNanos));
        }
    }

    /** One of the values. */
    static <T> T anyOf(Map<?, T> values) {
        return values.values().iterator().next();
    }

    /** Waits for a part that starts in another thread; null when it failed, which is then added to the failures. */
    static <T> @Nullable T join(StackPart part, Future<T> later, List<CommandException> failures) {
        try {
            return later.get();
        } catch (ExecutionException e) {
            failures.add(
                    e.getCause() instanceof CommandException known
                            ? known
                            : new CommandException(
                                    part.title + " did not start: " + withCauses(e.getCause()), e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.add(new CommandException("interrupted while " + part.title + " started", e));
        }
        return null;
    }

    /** Stops all that run, the last started first. */
    void stopAll() {
        StackPart[] parts = StackPart.values();
        for (int i = parts.length - 1; i >= 0; i--) {
            AutoCloseable part;
            synchronized (running) {
                part = running.remove(parts[i]);
            }
            if (part == null) {
                continue;
            }
            try {
                part.close();
            } catch (Exception e) {
                // The others must still be stopped.
                log.atError().addKeyValue("part", parts[i].title).setCause(e).log("a part did not stop cleanly");
            }
        }
    }

    /** The messages of a failure and of its causes, without those that repeat what stands there already. */
    private static String withCauses(@Nullable Throwable failure) {
        var text = new StringBuilder();
        for (Throwable e = failure; e != null; e = e.getCause()) {
            String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            if (text.indexOf(message) < 0) {
                text.append(text.isEmpty() ? "" : ": ").append(message);
            }
        }
        return text.toString();
    }
}
