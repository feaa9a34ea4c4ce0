package io.ecomind.jobs.projection;

import io.ecomind.connect.PeriodicWorker;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.totals.TotalsPublisher;
import io.ecomind.jobs.totals.TotalsResync;
import io.ecomind.store.SqlStates;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the ledger into the tables, a {@link ProjectionBatch} at a time. A batch is committed when it is full, half a
 * second after its first record, and before each checkpoint; beside the first writer days that are due are closed. Once
 * it is committed, the totals that it changed go to usage.totals; beside the first writer they are sent again from time
 * to time.
 *
 * <p>What passes by itself is tried again, eight times at most. A record that PostgreSQL refuses for its content is
 * searched for by halving the batch and goes to events.rejected before the commit that steps over it.
 *
 * <p>In a rebuild it writes rows, totals, offsets and refusals, which are told again, and counts the rows: days are closed by whoever holds the lock for
 * that, and the live job's repetition finds the totals that changed.
 *
 * <p>At-least-once towards Flink, exactly-once in effect: the unique key of the event table is the arbiter.
 */
public final class ProjectToTables implements Sink<LedgerEntry> {
    private static final Logger log = LoggerFactory.getLogger(ProjectToTables.class);
    private static final int MAX_EVENTS = 10_000;
    private static final long MAX_WAIT_MILLIS = 500;
    private static final int MAX_ATTEMPTS = 8;
    /** More at once are no bad records but a mistake of ours, which must not empty the ledger into events.rejected. */
    private static final int MAX_REFUSED = 100;

    /**
     * The server gives up before the socket does: what it still did for a lost client would hold its locks against the
     * next attempt.
     */
    private static final String LIMITS =
            "-c lock_timeout=20s -c statement_timeout=50s -c idle_in_transaction_session_timeout=60s";

    private static final String LIMITS_OF_LONG = "-c lock_timeout=5s";

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

    public static Connection connect(JobConfig config, String applicationName) throws SQLException {
        Properties properties = properties(config, applicationName, LIMITS);
        properties.setProperty("socketTimeout", "60");
        return open(config, properties);
    }

    /** For what may take minutes. */
    static Connection connectForLong(JobConfig config, String applicationName) throws SQLException {
        return open(config, properties(config, applicationName, LIMITS_OF_LONG));
    }

    private static Properties properties(JobConfig config, String applicationName, String limits) {
        var properties = new Properties();
        properties.setProperty("user", config.databaseUser());
        properties.setProperty("password", config.databasePassword());
        properties.setProperty("ApplicationName", applicationName);
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("options", limits);
        return properties;
    }

    private static Connection open(JobConfig config, Properties properties) throws SQLException {
        Connection connection = DriverManager.getConnection(config.jdbcUrl(), properties);
        connection.setAutoCommit(false);
        return connection;
    }

    private static final class Writer implements SinkWriter<LedgerEntry> {
        private final JobConfig config;
        private final @Nullable Long rebuild;
        private final ProcessingTimeService time;
        private final Set<LocalDate> knownMonths = new HashSet<>();
        private final @Nullable TotalsPublisher pending;
        private final RejectedTopic rejected;
        private final Counter refusedRecords;
        private final @Nullable PeriodicWorker repetition;
        private final @Nullable PeriodicWorker closing;

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
            try {
                attempt(this::declarePartitions);
            } catch (UnstorableRecordException e) {
                throw new IOException("the partitions could not be declared", e);
            }
            boolean live = rebuild == null;
            rejected = new RejectedTopic(config.bootstrapServers());
            refusedRecords = metrics.counter("refusedByTables");
            pending = live ? new TotalsPublisher(config.bootstrapServers(), metrics) : null;
            repetition = live && first ? TotalsResync.start(config, metrics) : null;
            closing = live && first ? SealDays.start(config, metrics) : null;
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
            if (closing != null) {
                closing.check();
            }
            if (batch.isEmpty()) {
                return;
            }
            commitInParts();
            batch = new ProjectionBatch();
        }

        /** The batch at once, unless a record of it is refused: then all around that record. */
        private void commitInParts() throws IOException, InterruptedException {
            Deque<ProjectionBatch> parts = new ArrayDeque<>(List.of(batch));
            int refused = 0;
            while (!parts.isEmpty()) {
                ProjectionBatch part = parts.pop();
                try {
                    List<UsageTotal> changed = attempt(open -> {
                        ensureMonths(open, part);
                        return part.commit(open, rebuild);
                    });
                    if (pending != null) {
                        pending.offer(changed);
                    }
                } catch (UnstorableRecordException e) {
                    if (part.size() > 1) {
                        List<ProjectionBatch> halves = part.halves();
                        parts.push(halves.get(1));
                        parts.push(halves.get(0));
                    } else if (part.size() == 0 || ++refused > MAX_REFUSED) {
                        throw new IOException("the tables refuse more than single records", e);
                    } else {
                        parts.push(stepOver(part, e));
                    }
                }
            }
        }

        /** First told, then stepped over: a crash in between tells it twice, never not at all. */
        private ProjectionBatch stepOver(ProjectionBatch part, UnstorableRecordException why)
                throws IOException, InterruptedException {
            Rejection rejection = why.rejectionOf(part.onlyEvent());
            rejected.send(rejection);
            refusedRecords.inc();
            log.atError()
                    .addKeyValue("rawPartition", rejection.getRawPartition())
                    .addKeyValue("rawOffset", rejection.getRawOffset())
                    .log("a ledger record goes to events.rejected: " + why.getMessage());
            return part.withoutEvents();
        }

        @Override
        public void close() throws SQLException, InterruptedException {
            if (repetition != null) {
                repetition.close();
            }
            if (closing != null) {
                closing.close();
            }
            if (pending != null) {
                pending.close();
            }
            if (connection != null) {
                connection.close();
            }
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

        private void ensureMonths(Connection open, ProjectionBatch part) throws SQLException {
            for (LocalDate month : part.months()) {
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
        private <T> T attempt(Work<T> work) throws IOException, UnstorableRecordException {
            for (int attempt = 1; ; attempt++) {
                try {
                    return work.on(open());
                } catch (SQLException e) {
                    drop();
                    if (SqlStates.isOfData(e)) {
                        throw new UnstorableRecordException(e);
                    }
                    if (!SqlStates.passes(e) || attempt == MAX_ATTEMPTS) {
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
                } catch (DateTimeException | ArithmeticException e) {
                    // A moment or a number that not even Java's types hold.
                    drop();
                    throw new UnstorableRecordException(e);
                }
            }
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
