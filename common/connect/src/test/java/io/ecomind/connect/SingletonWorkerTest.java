package io.ecomind.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SingletonWorkerTest {
    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final int DEADLINE_SECONDS = 20;

    /** What happened, in order; the workers' threads add to it. */
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

    private final Semaphore lock = new Semaphore(1);

    /** Of a database that has one lock, which a session gives back when it is closed. */
    private final class Session implements ConnectionFactory, SingletonWorker.LockAttempt {
        private boolean locked;

        @Override
        public Connection open() {
            return (Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close") && locked) {
                            locked = false;
                            lock.release();
                        }
                        return null;
                    });
        }

        @Override
        public boolean tryLock(Connection connection) {
            locked = lock.tryAcquire();
            return locked;
        }
    }

    private final class Recording implements SingletonWorker.Task {
        private final String name;
        private final int failures;
        private int begun;

        Recording(String name, int failures) {
            this.name = name;
            this.failures = failures;
        }

        @Override
        public void standBy(Connection connection) {
            seen.add(name + " stands by");
        }

        @Override
        public SingletonWorker.Work begin(Connection connection) throws SQLException {
            begun++;
            if (begun <= failures && begun == 1) {
                throw new SQLException("lost");
            } else if (begun <= failures) {
                throw new IllegalStateException("a bug");
            }
            return new SingletonWorker.Work() {
                @Override
                public boolean next() {
                    seen.add(name + " works");
                    return false;
                }

                @Override
                public void close() {
                    seen.add(name + " ends");
                }
            };
        }

        @Override
        public void failed(Exception cause, int failedInARow) {
            seen.add(name + " failed " + failedInARow + ": " + cause.getMessage());
        }
    }

    private SingletonWorker start(String name, int failures) {
        var session = new Session();
        return new SingletonWorker(name, PAUSE, session, session, new Recording(name, failures));
    }

    @Test
    void one_works_and_another_takes_over_when_it_is_closed() throws Exception {
        try (var first = start("first", 0)) {
            await("first works");
            try (var second = start("second", 0)) {
                await("second stands by");
                assertThat(seen).doesNotContain("second works");

                first.close();
                await("first ends");
                await("second works");
            }
        }
        assertThat(lock.availablePermits()).isEqualTo(1);
    }

    @Test
    void failures_in_a_row_are_counted_bugs_too_and_the_lock_is_given_up_each_time() throws Exception {
        try (var worker = start("worker", 2)) {
            assertThat(seen.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("worker failed 1: lost");
            assertThat(seen.poll(DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("worker failed 2: a bug");
            await("worker works");
        }
        assertThat(lock.availablePermits()).isEqualTo(1);
    }

    private void await(String event) throws InterruptedException {
        String next;
        do {
            next = seen.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("before " + event).isNotNull();
        } while (!event.equals(next));
    }
}
