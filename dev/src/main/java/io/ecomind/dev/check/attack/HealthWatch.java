package io.ecomind.dev.check.attack;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Asks {@code /healthz} again and again, each time on a connection of its own. Thread-safe. */
final class HealthWatch implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(100);

    private final HttpProbe http;
    private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final ScheduledExecutorService asker = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "attack-health");
        thread.setDaemon(true);
        return thread;
    });

    HealthWatch(HttpProbe http) {
        this.http = http;
        asker.scheduleAtFixedRate(this::ask, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    boolean isWithin(Duration limit) {
        return failures.isEmpty() && !nanos.isEmpty() && quantile(1) <= limit.toNanos() / 1e6;
    }

    /** In milliseconds; 0.5 is the median, 1 the slowest. */
    double quantile(double share) {
        List<Long> sorted;
        synchronized (nanos) {
            sorted = new ArrayList<>(nanos);
        }
        if (sorted.isEmpty()) {
            return Double.NaN;
        }
        Collections.sort(sorted);
        return sorted.get((int) Math.round((sorted.size() - 1) * share)) / 1e6;
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "/healthz %d times: median %.1f ms, 99%% %.1f ms, slowest %.1f ms%s",
                nanos.size(),
                quantile(0.5),
                quantile(0.99),
                quantile(1),
                failures.isEmpty() ? "" : ", " + failures.size() + " failed (" + failures.get(0) + ")");
    }

    int failures() {
        return failures.size();
    }

    @Override
    public void close() {
        asker.shutdownNow();
    }

    private void ask() {
        HttpAnswer answer = http.get("/healthz");
        nanos.add(answer.took().toNanos());
        if (answer.status() != 200) {
            failures.add(answer.brief() + " after " + answer.took().toMillis() + " ms");
        }
    }
}
