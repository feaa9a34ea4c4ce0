package io.ecomind.connect;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Runs a task that only one process at a time may do. Each process has a worker; the one whose connection holds an
 * advisory lock works, and the others ask for the lock in every pause. Thread-safe.
 *
 * <p>The lock belongs to the database session and is lost with it. The connection must therefore not go through a pooler
 * that shares sessions between transactions. A task that writes outside the database must use the connection first: an
 * error shows that the lock is lost.
 *
 * <p>When anything fails, bugs included, the worker gives up connection, lock and clients, and after a pause this
 * process or another one starts again. A thread that died of a bug would be silent; one that keeps failing is counted and
 * logged. The pause doubles with each failure in a row up to ten seconds, and its random part keeps processes that failed
 * together from trying together.
 */
public final class SingletonWorker implements AutoCloseable {
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(500);
    private static final Duration MAX_BACK_OFF = Duration.ofSeconds(10);
    private static final int MAX_DOUBLINGS = 10;
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration STOP = Duration.ofSeconds(15);

    private final Duration pause;
    private final ConnectionFactory connections;
    private final LockAttempt lock;
    private final Task task;
    private final WorkerThread thread;

    /** Failures since the last round that succeeded; only the thread touches it. */
    private int failedInARow;

    /** Tries to take the session lock; returns false at once when another session holds it. */
    @FunctionalInterface
    public interface LockAttempt {
        boolean tryLock(Connection connection) throws SQLException;
    }

    /** What one process at a time does; called by one thread. */
    public interface Task {
        /** Called in each pause while another process holds the lock. */
        void standBy(Connection connection) throws SQLException;

        /** Called when this process has taken the lock. The work is closed before the lock is given up. */
        Work begin(Connection connection) throws SQLException, InterruptedException;

        /** Called after each failure, with the number of failures since the last success. */
        void failed(Exception cause, int failedInARow);
    }

    /** The work of a process that holds the lock, in rounds. */
    public interface Work extends AutoCloseable {
        /** Does one round. Returns true when the next round is to follow without a pause. */
        boolean next() throws SQLException, InterruptedException;

        @Override
        void close();
    }

    /**
     * Starts the thread. Neither the database nor Kafka needs to be available yet.
     *
     * @param pause between two rounds, and between two attempts to take the lock
     */
    public SingletonWorker(String name, Duration pause, ConnectionFactory connections, LockAttempt lock, Task task) {
        this.pause = pause;
        this.connections = connections;
        this.lock = lock;
        this.task = task;
        thread = new WorkerThread(name, this::run);
        thread.start();
    }

    /** Lets the current round end for two seconds, then interrupts it. */
    @Override
    public void close() {
        thread.requestStop();
        try {
            thread.join(GRACE);
            thread.interrupt();
            thread.join(STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() throws InterruptedException {
        do {
            try (Connection connection = connections.open()) {
                work(connection);
            } catch (InterruptException stopped) {
                throw stopped;
            } catch (SQLException | RuntimeException e) {
                failedInARow++;
                task.failed(e, failedInARow);
            }
        } while (!thread.awaitStop(backOff()));
    }

    /** Returns when the thread is to stop. */
    private void work(Connection connection) throws SQLException, InterruptedException {
        while (!lock.tryLock(connection)) {
            task.standBy(connection);
            failedInARow = 0;
            if (thread.awaitStop(pause)) {
                return;
            }
        }
        try (Work work = task.begin(connection)) {
            boolean more;
            do {
                more = work.next();
                failedInARow = 0;
            } while (!thread.awaitStop(more ? Duration.ZERO : pause));
        }
    }

    private Duration backOff() {
        int doublings = Math.min(Math.max(0, failedInARow - 1), MAX_DOUBLINGS);
        long millis = Math.min(MAX_BACK_OFF.toMillis(), FIRST_BACK_OFF.toMillis() << doublings);
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }
}
