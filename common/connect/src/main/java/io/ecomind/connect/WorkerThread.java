package io.ecomind.connect;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A daemon thread that works in rounds until it is told to stop: what every background worker shares. Thread-safe. */
final class WorkerThread {
    private static final Logger log = LoggerFactory.getLogger(WorkerThread.class);

    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    /** What the thread does; returns when {@link #awaitStop} has returned true. */
    interface Body {
        void run() throws InterruptedException;
    }

    WorkerThread(String name, Body body) {
        thread = new Thread(
                () -> {
                    try {
                        body.run();
                    } catch (InterruptedException | InterruptException stopped) {
                        log.atDebug().log("{} was interrupted and has ended", name);
                    }
                },
                name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /** Waits between two rounds. Returns true as soon as the thread is to stop. */
    boolean awaitStop(Duration pause) throws InterruptedException {
        return stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Lets the current round end. */
    void requestStop() {
        stopping.countDown();
    }

    /** Breaks off what the current round waits for. */
    void interrupt() {
        thread.interrupt();
    }

    void join(Duration limit) throws InterruptedException {
        thread.join(limit.toMillis());
    }
}
