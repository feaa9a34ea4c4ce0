package io.ecomind.dev.check.attack;

import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** An organisation that sends at a steady rate, whatever else happens. Thread-safe. */
final class HonestSender implements AutoCloseable {
    static final int PER_REQUEST = 50;
    static final int REQUESTS_PER_SECOND = 10;

    private static final int LANES = 5;

    private final AttackContext context;
    private final AttackTenants.Tenant tenant;
    private final ScheduledExecutorService lanes = Executors.newScheduledThreadPool(LANES, task -> {
        var thread = new Thread(task, "honest-sender");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final long begin = System.nanoTime();

    HonestSender(AttackContext context, AttackTenants.Tenant tenant) {
        this.context = context;
        this.tenant = tenant;
        long everyMillis = 1_000L * LANES / REQUESTS_PER_SECOND;
        for (int lane = 0; lane < LANES; lane++) {
            lanes.scheduleAtFixedRate(this::send, lane * everyMillis / LANES, everyMillis, TimeUnit.MILLISECONDS);
        }
    }

    long accepted() {
        return accepted.get();
    }

    long refused() {
        return refused.get();
    }

    double perSecond() {
        return accepted.get() / ((System.nanoTime() - begin) / 1e9);
    }

    /** Waits for the requests that are on their way. */
    @Override
    public void close() {
        lanes.shutdown();
        try {
            if (!lanes.awaitTermination(
                    HttpProbe.TIMEOUT.plus(Duration.ofSeconds(5)).toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("a request of the honest organisation does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send() {
        String event = String.join(",", Collections.nCopies(PER_REQUEST, "%s"));
        Object[] events = new Object[PER_REQUEST];
        for (int i = 0; i < PER_REQUEST; i++) {
            events[i] = context.event("honest-" + i);
        }
        HttpAnswer answer = context.ingest(tenant, "[" + String.format(event, events) + "]");
        if (answer.status() == 202) {
            accepted.addAndGet(answer.json().path("accepted").asLong());
        } else {
            refused.incrementAndGet();
        }
    }
}
