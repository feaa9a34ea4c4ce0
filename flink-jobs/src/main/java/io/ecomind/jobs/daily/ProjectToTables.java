package io.ecomind.jobs.daily;

import io.ecomind.contracts.Topic;
import io.ecomind.jobs.JobConfig;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the ledger into the tables, a {@link ProjectionBatch} at a time. A batch is committed when it is full, half a
 * second after its first record, and before each checkpoint; the first writer also closes days that are due.
 *
 * <p>At-least-once towards Flink, exactly-once in effect: the unique key of the event table is the arbiter.
 */
final class ProjectToTables implements Sink<LedgerEntry> {
    private static final Logger log = LoggerFactory.getLogger(ProjectToTables.class);
    private static final int MAX_EVENTS = 10_000;
    private static final long MAX_WAIT_MILLIS = 500;
    private static final long CLOSE_DAYS_MILLIS = 10_000;
    private static final int MAX_ATTEMPTS = 8;

    private final JobConfig config;

    ProjectToTables(JobConfig config) {
        this.config = config;
    }

    @Override
    public SinkWriter<LedgerEntry> createWriter(WriterInitContext context) throws IOException {
        return new Writer(
                config,
                context.getProcessingTimeService(),
                context.getTaskInfo().getIndexOfThisSubtask() == 0);
    }

    private static final class Writer implements SinkWriter<LedgerEntry> {
        private final JobConfig config;
        private final ProcessingTimeService time;
        private final Set<LocalDate> knownMonths = new HashSet<>();

        private ProjectionBatch batch = new ProjectionBatch();
        private boolean flushScheduled;
        private @Nullable Connection connection;

        private Writer(JobConfig config, ProcessingTimeService time, boolean closesDays) throws IOException {
            this.config = config;
            this.time = time;
            attempt(this::declarePartitions);
            if (closesDays) {
                scheduleClosing();
            }
        }

        @Override
        public void write(LedgerEntry entry, Context context) throws IOException {
            batch.add(entry);
            if (batch.size() >= MAX_EVENTS) {
                flush(false);
            } else if (!flushScheduled) {
                flushScheduled = true;
                time.registerTimer(time.getCurrentProcessingTime() + MAX_WAIT_MILLIS, now -> {
                    flushScheduled = false;
                    flush(false);
                });
            }
        }

        @Override
        public void flush(boolean endOfInput) throws IOException {
            if (batch.isEmpty()) {
                return;
            }
            attempt(open -> {
                ensureMonths(open);
                batch.commit(open);
            });
            batch = new ProjectionBatch();
        }

        @Override
        public void close() throws SQLException {
            if (connection != null) {
                connection.close();
            }
        }

        private void scheduleClosing() {
            time.registerTimer(time.getCurrentProcessingTime() + CLOSE_DAYS_MILLIS, now -> {
                attempt(this::closeDays);
                scheduleClosing();
            });
        }

        private void closeDays(Connection open) throws SQLException {
            try (PreparedStatement close =
                    open.prepareStatement("SELECT close_days(make_interval(secs => ?::double precision))")) {
                close.setLong(1, config.horizon().toSeconds());
                close.execute();
            }
            open.commit();
        }

        /** complete_through must not speak before every partition has been heard. */
        private void declarePartitions(Connection open) throws SQLException {
            try (PreparedStatement insert = open.prepareStatement("""
                    INSERT INTO projection_offsets (partition, next_offset)
                    SELECT p, 0 FROM generate_series(0, ?) AS p
                    ON CONFLICT (partition) DO NOTHING""")) {
                insert.setInt(1, Topic.EVENTS_ENRICHED.partitions() - 1);
                insert.execute();
            }
            open.commit();
        }

        private void ensureMonths(Connection open) throws SQLException {
            for (LocalDate month : batch.months()) {
                if (!knownMonths.contains(month)) {
                    try (PreparedStatement ensure = open.prepareStatement("SELECT ensure_time_partitions(?, ?)")) {
                        ensure.setObject(1, month);
                        // The next months too, so that midnight of the last day finds its table.
                        ensure.setObject(2, month.plusMonths(2));
                        ensure.execute();
                    }
                    open.commit();
                    knownMonths.add(month);
                }
            }
        }

        @FunctionalInterface
        private interface Work {
            void on(Connection connection) throws SQLException, IOException;
        }

        /** Tries again after what passes by itself: lost connections, deadlocks, a database that starts. */
        private void attempt(Work work) throws IOException {
            for (int attempt = 1; ; attempt++) {
                try {
                    work.on(open());
                    return;
                } catch (SQLException e) {
                    drop();
                    if (!passes(e) || attempt == MAX_ATTEMPTS) {
                        throw new IOException("the projection could not be written", e);
                    }
                    log.atWarn()
                            .addKeyValue("attempt", attempt)
                            .addKeyValue("sqlState", e.getSQLState())
                            .log("projection is tried again: " + e.getMessage());
                    LockSupport.parkNanos((50L << attempt) * 1_000_000L);
                    if (Thread.interrupted()) {
                        Thread.currentThread().interrupt();
                        throw new IOException("interrupted while waiting for the database", e);
                    }
                }
            }
        }

        private static boolean passes(SQLException e) {
            String state = e.getSQLState() == null ? "08" : e.getSQLState();
            return state.startsWith("08") // connection
                    || state.startsWith("40") // deadlock, serialization
                    || state.startsWith("53") // out of resources
                    || state.startsWith("57P"); // shut down, starting up
        }

        private Connection open() throws SQLException {
            if (connection == null) {
                var properties = new Properties();
                properties.setProperty("user", config.databaseUser());
                properties.setProperty("password", config.databasePassword());
                properties.setProperty("ApplicationName", "ecomind-projection");
                properties.setProperty("reWriteBatchedInserts", "true");
                properties.setProperty("tcpKeepAlive", "true");
                properties.setProperty("socketTimeout", "60");
                connection = DriverManager.getConnection(config.jdbcUrl(), properties);
                connection.setAutoCommit(false);
            }
            return connection;
        }

        private void drop() {
            if (connection != null) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    log.atDebug().setCause(e).log("a broken connection could not be closed");
                }
                connection = null;
            }
        }
    }
}
