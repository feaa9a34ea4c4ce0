package io.ecomind.jobs.daily;

import io.ecomind.jobs.JobConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes days that are due, every ten seconds. A thread and a connection of its own: comparing days of millions of rows
 * takes longer than a checkpoint should wait. What fails is tried again and never stops the projection.
 */
final class CloseDays implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CloseDays.class);
    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final JobConfig config;
    private final Counter failures;
    private final Thread thread;

    private volatile boolean closed;
    private volatile @Nullable Connection connection;
    private volatile @Nullable Throwable broken;

    CloseDays(JobConfig config, MetricGroup metrics) {
        this.config = config;
        failures = metrics.counter("closeDaysFailures", new ThreadSafeSimpleCounter());
        thread = new Thread(this::run, "close-days");
        thread.setDaemon(true);
        thread.start();
    }

    /** Fails when the thread has failed for a reason that does not pass. */
    void check() {
        if (broken != null) {
            throw new IllegalStateException("days can no longer be closed", broken);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.interrupt();
        Connection open = connection;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                log.atDebug().setCause(e).log("a connection could not be aborted");
            }
        }
        thread.join(CLOSING.toMillis());
    }

    private void run() {
        try {
            while (!closed) {
                pause();
                round();
            }
        } catch (InterruptedException e) {
            log.atDebug().log("days are no longer closed");
        } catch (RuntimeException | Error e) {
            broken = e;
        }
    }

    private void round() {
        try (Connection open = ProjectToTables.connectForLong(config, "ecomind-close-days")) {
            connection = open;
            try (PreparedStatement close =
                    open.prepareStatement("SELECT close_days(make_interval(secs => ?::double precision))")) {
                close.setLong(1, config.horizon().toSeconds());
                close.execute();
            }
            open.commit();
        } catch (SQLException e) {
            if (!closed) {
                failures.inc();
                log.atWarn().setCause(e).log("days could not be closed and are tried again");
            }
        } finally {
            connection = null;
        }
    }

    private static void pause() throws InterruptedException {
        long end = System.nanoTime() + EVERY.toNanos();
        for (long left = EVERY.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException("closed");
            }
        }
    }
}
