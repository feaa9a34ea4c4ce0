package io.ecomind.connect;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work beside the projection, in rounds, on a thread and a connection of its own. A round that fails by PostgreSQL or
 * Kafka is counted and tried again and never stops the projection; any other failure ends the thread and is thrown by
 * {@link #check()}.
 */
public final class PeriodicWorker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeriodicWorker.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final String what;
    private final Runnable onFailure;
    private final Thread thread;

    private volatile boolean closed;
    private volatile @Nullable Connection connection;
    private volatile @Nullable Throwable broken;

    /** Opens the connection of one round. */
    public interface Connecting {
        Connection connect() throws SQLException;
    }

    /** What a round does; used by one thread, and closed by it when there are no more rounds. */
    public interface Round extends AutoCloseable {
        /** Commits what it writes. */
        void run(Connection open) throws SQLException, InterruptedException;

        @Override
        default void close() {}
    }

    /**
     * Starts the thread: a round, a pause, and so on.
     *
     * @param what is done, as it stands in the log: "closing days"
     * @param onFailure counts a round that failed
     */
    public PeriodicWorker(String what, Duration pause, Connecting connecting, Round round, Runnable onFailure) {
        this.what = what;
        this.onFailure = onFailure;
        thread = new Thread(() -> run(pause, connecting, round), what.replace(' ', '-'));
        thread.setDaemon(true);
        thread.start();
    }

    /** Fails when the thread has ended for a reason that does not pass. */
    public void check() {
        if (broken != null) {
            throw new IllegalStateException(what + " has ended", broken);
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

    private void run(Duration pause, Connecting connecting, Round round) {
        Duration afterFailure = PAUSE_AFTER_FAILURE.compareTo(pause) < 0 ? PAUSE_AFTER_FAILURE : pause;
        try (round) {
            while (!closed) {
                boolean succeeded = succeeds(connecting, round);
                if (!closed) {
                    pause(succeeded ? pause : afterFailure);
                }
            }
        } catch (InterruptedException e) {
            log.atDebug().log("{} has ended", what);
        } catch (RuntimeException | Error e) {
            broken = e;
        }
    }

    private boolean succeeds(Connecting connecting, Round round) throws InterruptedException {
        try (Connection open = connecting.connect()) {
            connection = open;
            round.run(open);
            return true;
        } catch (SQLException | KafkaException e) {
            if (!closed) {
                onFailure.run();
                log.atWarn().setCause(e).log("{} failed and is tried again", what);
            }
            return false;
        } finally {
            connection = null;
        }
    }

    private static void pause(Duration pause) throws InterruptedException {
        long end = System.nanoTime() + pause.toNanos();
        for (long left = pause.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException("closed");
            }
        }
    }
}
