package io.ecomind.dev.stack;

import io.ecomind.jobs.restatement.RestatementRunner;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every half minute for sealed days that late rows have marked, and for requested restatements, and runs the job on
 * a small cluster of its own while there are some. After a failure it rests for ten minutes.
 */
final class RestatementTimer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RestatementTimer.class);
    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final Duration REST = Duration.ofMinutes(10);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final RestatementRunner restatements;
    private final ScheduledExecutorService timer;

    RestatementTimer(JobConfig config) {
        restatements = new RestatementRunner(config, () -> JobEnvironment.localBounded(1));
        timer = new ScheduledThreadPoolExecutor(1, work -> {
            var thread = new Thread(work, "restatements");
            thread.setDaemon(true);
            return thread;
        });
        again(EVERY);
    }

    private void again(Duration after) {
        if (!timer.isShutdown()) {
            var unused = timer.schedule(this::drain, after.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void drain() {
        Duration next = EVERY;
        try {
            restatements
                    .drain()
                    .forEach(done -> log.atInfo()
                            .addKeyValue("restatement", done.id())
                            .addKeyValue("days", done.days().size())
                            .log("days were restated"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (Exception e) {
            next = REST;
            if (!timer.isShutdown()) {
                log.atError().setCause(e).log("a restatement failed");
            }
        }
        again(next);
    }

    /** A run that is cut off leaves days as they are; the next start takes it up again. */
    @Override
    public void close() throws InterruptedException {
        timer.shutdownNow();
        var unused = timer.awaitTermination(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
}
