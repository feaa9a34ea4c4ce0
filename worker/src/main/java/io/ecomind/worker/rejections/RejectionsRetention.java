package io.ecomind.worker.rejections;

import io.ecomind.connect.Secret;
import io.ecomind.connect.SingletonWorker;
import io.ecomind.contracts.Limits;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.store.Sessions;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes rejections that are older than their retention, in one process at a time and in small transactions. Thread-safe. */
public final class RejectionsRetention implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RejectionsRetention.class);
    private static final Duration PERIOD = Duration.ofMinutes(10);
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);
    static final int BATCH = 2_000;

    private final SingletonWorker worker;

    private RejectionsRetention(SingletonWorker worker) {
        this.worker = worker;
    }

    /** Starts the thread. The database needs not be available yet. */
    public static RejectionsRetention start(String jdbcUrl, String user, Secret password, PrometheusRegistry metrics) {
        return new RejectionsRetention(new SingletonWorker(
                "rejections-retention",
                PERIOD,
                Sessions.of(jdbcUrl, user, password, "rejections-retention", SOCKET_TIMEOUT),
                AdvisoryLock.REJECTIONS_RETENTION::tryLock,
                new Deleting(metrics)));
    }

    /** Deletes the oldest ones that are due, at most {@link #BATCH}, and returns how many. */
    static int deleteSome(Connection connection, Duration retention) throws SQLException {
        try (PreparedStatement call =
                connection.prepareStatement("SELECT delete_old_rejections(make_interval(secs => ?), ?)")) {
            call.setDouble(1, retention.toSeconds());
            call.setInt(2, BATCH);
            try (ResultSet row = call.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    @Override
    public void close() {
        worker.close();
    }

    private static final class Deleting implements SingletonWorker.Task {
        private final Counter deleted;

        Deleting(PrometheusRegistry metrics) {
            deleted = Counter.builder()
                    .name("ecomind_rejections_deleted_total")
                    .help("Rejections that were deleted because they are older than their retention.")
                    .register(metrics);
        }

        @Override
        public void standBy(Connection connection) {}

        @Override
        public SingletonWorker.Work begin(Connection connection) {
            return new SingletonWorker.Work() {
                @Override
                public boolean next() throws SQLException {
                    int some = deleteSome(connection, Limits.REJECTIONS_RETENTION);
                    deleted.inc(some);
                    return some == BATCH;
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public void failed(Exception cause, int failedInARow) {
            log.atWarn()
                    .addKeyValue("failedInARow", failedInARow)
                    .addKeyValue("cause", cause.toString())
                    .log("old rejections cannot be deleted at the moment; trying again");
        }
    }
}
