package io.ecomind.jobs.totals;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.v1.UsageTotal;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends committed totals to Kafka, only the latest of each key. A background thread sends them and retries without
 * limit. Thread-safe.
 *
 * <p>The queue is bounded: when it is full, {@link #offer} waits, but only until Kafka has acknowledged nothing for
 * five seconds. From then on, until Kafka answers, totals that do not fit are dropped and sent later by {@link
 * TotalsResync}, because an unavailable topic must not stop the tables from which it is derived.
 */
public final class TotalsPublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TotalsPublisher.class);
    private static final int MAX_WAITING = 50_000;
    private static final int MAX_AT_ONCE = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final int LONGEST_PAUSE_SHIFT = 6;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, UsageTotal> waiting = new LinkedHashMap<>();
    private final Counter sent;
    private final Counter failures;
    private final Counter leftToRepetition;
    private final Thread sender;

    private int sending;
    private boolean silent;
    private volatile boolean closed;
    private @Nullable Throwable broken;

    public TotalsPublisher(KafkaSettings kafkaSettings, MetricGroup metrics) {
        sent = metrics.counter("usageTotalsSent", new ThreadSafeSimpleCounter());
        failures = metrics.counter("usageTotalsSendFailures", new ThreadSafeSimpleCounter());
        leftToRepetition = metrics.counter("usageTotalsLeftToRepetition", new ThreadSafeSimpleCounter());
        metrics.gauge("usageTotalsWaiting", this::size);
        sender = new Thread(() -> run(kafkaSettings), "usage-totals");
        sender.setDaemon(true);
        sender.start();
    }

    /** Queues the totals that a commit changed. */
    public void offer(List<UsageTotal> totals) throws InterruptedException {
        lock.lock();
        try {
            for (UsageTotal total : totals) {
                String key = TotalScope.kafkaKey(total);
                if (waiting.containsKey(key) || awaitPatiently(() -> waiting.size() < MAX_WAITING)) {
                    waiting.merge(key, total, TotalScope::later);
                    changed.signalAll();
                } else {
                    leftToRepetition.inc();
                }
            }
            check();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until all are acknowledged, or Kafka has acknowledged nothing for five seconds. */
    public void awaitSent() throws InterruptedException {
        lock.lock();
        try {
            if (!awaitPatiently(() -> waiting.isEmpty() && sending == 0)) {
                log.atWarn()
                        .addKeyValue("waiting", waiting.size() + sending)
                        .log("Kafka does not acknowledge totals; the checkpoint completes without them");
            }
            check();
        } finally {
            lock.unlock();
        }
    }

    private int size() {
        lock.lock();
        try {
            return waiting.size() + sending;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        sender.interrupt();
        sender.join(PATIENCE.toMillis());
    }

    /** False when Kafka has acknowledged nothing for five seconds. */
    private boolean awaitPatiently(BooleanSupplier condition) throws InterruptedException {
        long acknowledged = sent.getCount();
        long left = PATIENCE.toNanos();
        while (!condition.getAsBoolean() && broken == null) {
            if (silent) {
                return false;
            }
            left = changed.awaitNanos(left);
            if (sent.getCount() != acknowledged) {
                acknowledged = sent.getCount();
                left = PATIENCE.toNanos();
            } else if (left <= 0) {
                silent = true;
            }
        }
        return broken == null;
    }

    private void check() {
        if (broken != null) {
            throw new IllegalStateException("totals can no longer be sent", broken);
        }
    }

    private void run(KafkaSettings kafkaSettings) {
        try (var topic = new UsageTotalsTopic(kafkaSettings)) {
            int failed = 0;
            while (!closed) {
                Map<String, UsageTotal> totals = removeOldest();
                try {
                    topic.send(totals.values());
                    sent(totals.size());
                    failed = 0;
                } catch (KafkaException e) {
                    putBack(totals);
                    log.atWarn()
                            .addKeyValue("totals", totals.size())
                            .setCause(e)
                            .log("sending totals failed and is retried");
                    pause(Math.min(failed++, LONGEST_PAUSE_SHIFT));
                }
            }
        } catch (InterruptedException e) {
            log.atDebug().log("totals are no longer sent");
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private static void pause(int shift) throws InterruptedException {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(FIRST_PAUSE_MILLIS << shift));
        if (Thread.interrupted()) {
            throw new InterruptedException("closed");
        }
    }

    private Map<String, UsageTotal> removeOldest() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty()) {
                changed.await();
            }
            Map<String, UsageTotal> totals = new LinkedHashMap<>();
            Iterator<Map.Entry<String, UsageTotal>> oldest = waiting.entrySet().iterator();
            while (oldest.hasNext() && totals.size() < MAX_AT_ONCE) {
                Map.Entry<String, UsageTotal> entry = oldest.next();
                totals.put(entry.getKey(), entry.getValue());
                oldest.remove();
            }
            sending = totals.size();
            return totals;
        } finally {
            lock.unlock();
        }
    }

    private void sent(int count) {
        lock.lock();
        try {
            sent.inc(count);
            sending = 0;
            silent = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void putBack(Map<String, UsageTotal> totals) {
        lock.lock();
        try {
            failures.inc();
            totals.forEach((key, total) -> waiting.merge(key, total, TotalScope::later));
            sending = 0;
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable cause) {
        lock.lock();
        try {
            broken = cause;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
