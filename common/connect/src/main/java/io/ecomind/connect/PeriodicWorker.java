package io.ecomind.connect;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats a task on a thread of its own, each round on a new connection. Every process that starts one does the task; for
 * a task that one process at a time may do see {@link SingletonWorker}. Thread-safe.
 *
 * <p>A round that fails because of PostgreSQL or Kafka is counted and repeated. Any other failure is a bug: it ends the
 * thread, and {@link #check()} throws it in the thread of whoever depends on the task.
 */
public final class PeriodicWorker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeriodicWorker.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final String task;
    private final Runnable onFailure;
    private final WorkerThread thread;

    private volatile @Nullable Connection connection;
    private volatile @Nullable Throwable bug;

    /** What a round does; used by one thread, and closed by it after the last round. */
    public interface Round extends AutoCloseable {
        /** Commits what it writes. */
        void run(Connection open) throws SQLException, InterruptedException;

        @Override
        default void close() {}
    }

    /**
     * Starts the thread: a round, a pause, and so on.
     *
     * @param task for the log and the thread's name: "sealing days"
     * @param onFailure counts a round that failed
     */
    public PeriodicWorker(String task, Duration pause, ConnectionFactory connections, Round round, Runnable onFailure) {
        this.task = task;
        this.onFailure = onFailure;
        thread = new WorkerThread(task.replace(' ', '-'), () -> run(pause, connections, round));
        thread.start();
    }

    /** Throws when the thread has ended because of a bug. */
    public void check() {
        if (bug != null) {
            throw new IllegalStateException("the thread for " + task + " has ended", bug);
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.requestStop();
        thread.interrupt();
        Connection open = connection;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                log.atDebug().setCause(e).log("a connection could not be aborted");
            }
        }
        thread.join(CLOSING);
    }

    private void run(Duration pause, ConnectionFactory connections, Round round) throws InterruptedException {
        Duration afterFailure = PAUSE_AFTER_FAILURE.compareTo(pause) < 0 ? PAUSE_AFTER_FAILURE : pause;
        try (round) {
            boolean succeeded;
            do {
                succeeded = succeeds(connections, round);
            } while (!thread.awaitStop(succeeded ? pause : afterFailure));
        } catch (RuntimeException | Error e) {
            bug = e;
        }
    }

    private boolean succeeds(ConnectionFactory connections, Round round) throws InterruptedException {
        try (Connection open = connections.open()) {
            connection = open;
            round.run(open);
            return true;
        } catch (SQLException | KafkaException e) {
            if (!thread.isStopping()) {
                onFailure.run();
                log.atWarn().setCause(e).log("{} failed and is repeated", task);
            }
            return false;
        } finally {
            connection = null;
        }
    }
}
