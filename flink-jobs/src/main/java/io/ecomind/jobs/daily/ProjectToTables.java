package io.ecomind.jobs.daily;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.JobConfig;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the ledger into the tables, a {@link ProjectionBatch} at a time. A batch is committed when it is full, half a
 * second after its first record, and before each checkpoint; the first writer also closes days that are due. Once it is
 * committed, the totals that it changed go to usage.totals; the first writer sends them again from time to time.
 *
 * <p>In a rebuild it only writes rows, totals and offsets, and counts them: days are closed by whoever holds the lock for
 * that, and the live job's repetition finds the totals that changed.
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
    private final @Nullable Long rebuild;

    ProjectToTables(JobConfig config) {
        this(config, null);
    }

    /** @param rebuild its id in the table rebuilds; null in the live job */
    ProjectToTables(JobConfig config, @Nullable Long rebuild) {
        this.config = config;
        this.rebuild = rebuild;
    }

    @Override
    public SinkWriter<LedgerEntry> createWriter(WriterInitContext context) throws IOException {
        return new Writer(
                config,
                rebuild,
                context.getProcessingTimeService(),
                context.getTaskInfo().getIndexOfThisSubtask() == 0,
                context.metricGroup());
    }

    static Connection connect(JobConfig config, String applicationName) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", config.databaseUser());
        properties.setProperty("password", config.databasePassword());
        properties.setProperty("ApplicationName", applicationName);
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("socketTimeout", "60");
        Connection connection = DriverManager.getConnection(config.jdbcUrl(), properties);
        connection.setAutoCommit(false);
        return connection;
    }

    private static final class Writer implements SinkWriter<LedgerEntry> {
        private final JobConfig config;
        private final @Nullable Long rebuild;
        private final ProcessingTimeService time;
        private final Set<LocalDate> knownMonths = new HashSet<>();
        private final @Nullable PendingTotals pending;
        private final @Nullable RepeatTotals repetition;

        private ProjectionBatch batch = new ProjectionBatch();
        private boolean flushScheduled;
        private @Nullable Connection connection;

        private Writer(
                JobConfig config,
                @Nullable Long rebuild,
                ProcessingTimeService time,
                boolean first,
                MetricGroup metrics)
                throws IOException {
            this.config = config;
            this.rebuild = rebuild;
            this.time = time;
            attempt(this::declarePartitions);
            boolean live = rebuild == null;
            pending = live ? new PendingTotals(config.bootstrapServers(), metrics) : null;
            repetition = live && first ? new RepeatTotals(config, metrics) : null;
            if (live && first) {
                scheduleClosing();
            }
        }

        @Override
        public void write(LedgerEntry entry, Context context) throws IOException, InterruptedException {
            batch.add(entry);
            if (batch.size() >= MAX_EVENTS) {
                commitBatch();
            } else if (!flushScheduled) {
                flushScheduled = true;
                time.registerTimer(time.getCurrentProcessingTime() + MAX_WAIT_MILLIS, now -> {
                    flushScheduled = false;
                    commitBatch();
                });
            }
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            commitBatch();
            if (pending != null) {
                pending.awaitSent();
            }
        }

        private void commitBatch() throws IOException, InterruptedException {
            if (repetition != null) {
                repetition.check();
            }
            if (batch.isEmpty()) {
                return;
            }
            List<UsageTotal> changed = attempt(open -> {
                ensureMonths(open);
                return batch.commit(open, rebuild);
            });
            batch = new ProjectionBatch();
            if (pending != null) {
                pending.offer(changed);
            }
        }

        @Override
        public void close() throws SQLException, InterruptedException {
            if (repetition != null) {
                repetition.close();
            }
            if (pending != null) {
                pending.close();
            }
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

        private boolean closeDays(Connection open) throws SQLException {
            try (PreparedStatement close =
                    open.prepareStatement("SELECT close_days(make_interval(secs => ?::double precision))")) {
                close.setLong(1, config.horizon().toSeconds());
                close.execute();
            }
            open.commit();
            return true;
        }

        /** complete_through must not speak before every partition has been heard. */
        private boolean declarePartitions(Connection open) throws SQLException {
            try (PreparedStatement insert = open.prepareStatement("""
                    INSERT INTO projection_offsets (partition, next_offset)
                    SELECT p, 0 FROM generate_series(0, ?) AS p
                    ON CONFLICT (partition) DO NOTHING""")) {
                insert.setInt(1, Topic.EVENTS_ENRICHED.partitions() - 1);
                insert.execute();
            }
            open.commit();
            return true;
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
        private interface Work<T> {
            T on(Connection connection) throws SQLException, IOException;
        }

        /** Tries again after what passes by itself: lost connections, deadlocks, a database that starts. */
        private <T> T attempt(Work<T> work) throws IOException {
            for (int attempt = 1; ; attempt++) {
                try {
                    return work.on(open());
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
                connection = connect(config, rebuild == null ? "ecomind-projection" : "ecomind-rebuild");
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
