package io.ecomind.dev.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.replay.IngestClient;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends events with the current time at an even pace and measures how long an event takes from the gateway's answer
 * until it is visible in the totals. Five events a second have a user id that occurs once: the row of that user in
 * daily_user_agg is committed together with the change of daily_org_agg. Thread-safe; starts two threads.
 */
final class LiveTraffic implements AutoCloseable {
    private static final Duration TICK = Duration.ofMillis(200);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final IngestClient client;
    private final DatabaseAddress database;
    private final String orgId;
    private final int eventsPerTick;
    private final String prefix = "live-" + Long.toString(System.nanoTime(), 36) + "-";

    private final Map<String, Long> acceptedAt = new ConcurrentHashMap<>();
    private final List<Probe> seen = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread sender;
    private final Thread watcher;
    private volatile boolean stopped;

    private record Probe(long acceptedNanos, long visibleNanos) {}

    /**
     * Latencies in a span of time.
     *
     * @param medianSeconds NaN without a probe
     * @param p95Seconds NaN without a probe
     */
    record Latency(int probes, double medianSeconds, double p95Seconds) {
        String line() {
            return String.format(
                    Locale.ROOT, "median %.2f s, p95 %.2f s (%d probes)", medianSeconds, p95Seconds, probes);
        }
    }

    LiveTraffic(IngestClient client, DatabaseAddress database, String orgId, int eventsPerSecond) {
        this.client = client;
        this.database = database;
        this.orgId = orgId;
        this.eventsPerTick = Math.max(1, eventsPerSecond / 5);
        sender = start("live-traffic", () -> send());
        watcher = start("live-latency", () -> watch());
    }

    /** Latencies of what was accepted in a span of {@link System#nanoTime}. */
    Latency between(long fromNanos, long toNanos) {
        List<Double> seconds = new ArrayList<>();
        synchronized (seen) {
            for (Probe probe : seen) {
                if (probe.acceptedNanos() >= fromNanos && probe.acceptedNanos() < toNanos) {
                    seconds.add((probe.visibleNanos() - probe.acceptedNanos()) / 1e9);
                }
            }
        }
        seconds.sort(null);
        return new Latency(seconds.size(), quantile(seconds, 0.5), quantile(seconds, 0.95));
    }

    /** Stops sending and waits until the last probe is visible. */
    void finish() throws InterruptedException {
        stopped = true;
        sender.join();
        watcher.join();
        check();
    }

    /** Throws when sending or querying has failed. */
    void check() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new CommandException("the live traffic ended with an error: " + cause.getMessage(), cause);
        }
    }

    @Override
    public void close() {
        stopped = true;
        sender.interrupt();
        watcher.interrupt();
    }

    private Thread start(String name, Callable<Void> work) {
        var thread = new Thread(
                () -> {
                    try {
                        work.call();
                    } catch (Exception | Error e) {
                        failure.compareAndSet(null, e);
                        stopped = true;
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private Void send() throws InterruptedException {
        long due = System.nanoTime();
        for (long tick = 0; !stopped; tick++) {
            String now = Instant.now().toString();
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < eventsPerTick; i++) {
                // The first of each tick is the probe.
                String user = i == 0 ? prefix + tick : "live-user-" + i % 20;
                lines.add(JsonNodeFactory.instance
                        .objectNode()
                        .put("id", prefix + tick + "-" + i)
                        .put("source", "bench")
                        .put("user_id", user)
                        .put("provider", "openai")
                        .put("model", "gpt-4o")
                        .put("tokens_in", 1_000)
                        .put("tokens_out", 200)
                        .put("ts", now)
                        .toString());
            }
            IngestClient.IngestClientAnswer answer = client.send(lines);
            if (answer.accepted() != lines.size()) {
                throw new CommandException("the gateway rejected live events: " + answer.examples());
            }
            acceptedAt.put(prefix + tick, System.nanoTime());
            due += TICK.toNanos();
            pause(due - System.nanoTime());
        }
        return null;
    }

    private Void watch() throws SQLException, InterruptedException {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement("SELECT DISTINCT user_id FROM daily_user_agg"
                        + " WHERE org_id = ? AND date BETWEEN ? AND ? AND user_id = ANY (?)")) {
            long lastSeen = System.nanoTime();
            while (!stopped || sender.isAlive() || !acceptedAt.isEmpty()) {
                if (!acceptedAt.isEmpty() && System.nanoTime() - lastSeen > PATIENCE.toNanos()) {
                    throw new CommandException("no accepted event became visible for " + PATIENCE.toSeconds() + " s");
                }
                Array users =
                        connection.createArrayOf("text", acceptedAt.keySet().toArray());
                LocalDate today = LocalDate.now(ZoneOffset.UTC);
                query.setString(1, orgId);
                query.setObject(2, today.minusDays(1));
                query.setObject(3, today.plusDays(1));
                query.setArray(4, users);
                try (ResultSet row = query.executeQuery()) {
                    long now = System.nanoTime();
                    while (row.next()) {
                        Long accepted = acceptedAt.remove(row.getString(1));
                        if (accepted != null) {
                            lastSeen = now;
                            synchronized (seen) {
                                seen.add(new Probe(accepted, now));
                            }
                        }
                    }
                }
                pause(LOOK.toNanos());
            }
        }
        return null;
    }

    private static double quantile(List<Double> sorted, double part) {
        return sorted.isEmpty() ? Double.NaN : sorted.get((int) Math.ceil(part * sorted.size()) - 1);
    }

    private static void pause(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException("stopped");
            }
        }
    }
}
