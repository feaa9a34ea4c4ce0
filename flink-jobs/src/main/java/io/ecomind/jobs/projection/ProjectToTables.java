package io.ecomind.jobs.projection;

import io.ecomind.connect.PeriodicWorker;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobDatabase;
import io.ecomind.jobs.totals.TotalsPublisher;
import io.ecomind.jobs.totals.TotalsResync;
import io.ecomind.store.SqlStates;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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
 * second after its first record, and before each checkpoint. After the commit {@link TotalsPublisher} sends the totals that
 * it changed to usage.totals. Beside the first writer {@link SealDays} seals days that are due, and {@link TotalsResync}
 * sends totals again from time to time.
 *
 * <p>A transient error is tried again, eight times at most. When PostgreSQL cannot hold a record because of its content,
 * the batch is bisected until that record stands alone; it goes to events.rejected before the commit that skips it.
 *
 * <p>In a rebuild the sink writes rows, totals, offsets and rejections, which are written again, and counts the rows. It
 * seals no days, which the rebuild does at its end, and sends no totals, because the live job's resync finds those that
 * changed.
 *
 * <p>At-least-once towards Flink, exactly-once in effect: the unique key of the event table is the arbiter.
 */
public final class ProjectToTables implements Sink<LedgerEntry> {
    private static final Logger log = LoggerFactory.getLogger(ProjectToTables.class);
    private static final int MAX_EVENTS = 10_000;
    private static final long MAX_WAIT_MILLIS = 500;
    private static final int MAX_ATTEMPTS = 8;
    /** More in one batch are no bad records but a bug, which must not empty the ledger into events.rejected. */
    private static final int MAX_UNSTORABLE = 100;

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

    private static final class Writer implements SinkWriter<LedgerEntry> {
        private final JobConfig config;
        private final @Nullable Long rebuild;
        private final ProcessingTimeService time;
        private final @Nullable TotalsPublisher totals;
        private final RejectedTopic rejected;
        private final Counter unstorableRecords;
        private final @Nullable PeriodicWorker resync;
        private final @Nullable PeriodicWorker sealing;

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
            rejected = new RejectedTopic(config.kafka());
            unstorableRecords = metrics.counter("refusedByTables");
            totals = live ? new TotalsPublisher(config.kafka(), metrics) : null;
            resync = live && first ? TotalsResync.start(config, metrics) : null;
            sealing = live && first ? SealDays.start(config, metrics) : null;
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
            if (totals != null) {
                totals.awaitSent();
            }
        }

        private void commitBatch() throws IOException, InterruptedException {
            if (resync != null) {
                resync.check();
            }
            if (sealing != null) {
                sealing.check();
            }
            if (batch.isEmpty()) {
                return;
            }
            commitBisecting();
            batch = new ProjectionBatch();
        }

        /** Commits the batch at once, or, when the tables cannot hold a record of it, everything but that record. */
        private void commitBisecting() throws IOException, InterruptedException {
            Deque<ProjectionBatch> parts = new ArrayDeque<>(List.of(batch));
            int skipped = 0;
            while (!parts.isEmpty()) {
                ProjectionBatch part = parts.pop();
                try {
                    List<UsageTotal> changed = attempt(open -> part.commit(open, rebuild));
                    if (totals != null) {
                        totals.offer(changed);
                    }
                } catch (UnstorableRecordException e) {
                    if (part.size() > 1) {
                        List<ProjectionBatch> bisected = part.bisect();
                        parts.push(bisected.get(1));
                        parts.push(bisected.get(0));
                    } else if (part.size() == 0 || ++skipped > MAX_UNSTORABLE) {
                        throw new IOException(
                                "the tables cannot hold more than " + MAX_UNSTORABLE
                                        + " records of a batch, or the batch without events",
                                e);
                    } else {
                        parts.push(skip(part, e));
                    }
                }
            }
        }

        /** Rejects the record before it is skipped: after a crash in between it is rejected twice, never not at all. */
        private ProjectionBatch skip(ProjectionBatch part, UnstorableRecordException why)
                throws IOException, InterruptedException {
            Rejection rejection = why.rejectionOf(part.onlyEvent());
            rejected.send(rejection);
            unstorableRecords.inc();
            log.atError()
                    .addKeyValue("rawPartition", rejection.getRawPartition())
                    .addKeyValue("rawOffset", rejection.getRawOffset())
                    .log("a ledger record goes to events.rejected: " + why.getMessage());
            return part.withoutEvents();
        }

        @Override
        public void close() throws SQLException, InterruptedException {
            if (resync != null) {
                resync.close();
            }
            if (sealing != null) {
                sealing.close();
            }
            if (totals != null) {
                totals.close();
            }
            if (connection != null) {
                connection.close();
            }
        }

        /** complete_through is null until every partition has a row with a moment of receipt. */
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

        @FunctionalInterface
        private interface DatabaseWork<T> {
            T on(Connection connection) throws SQLException, IOException;
        }

        /** Tries again after transient errors: lost connections, deadlocks, a database that starts. */
        private <T> T attempt(DatabaseWork<T> work) throws IOException, UnstorableRecordException {
            for (int attempt = 1; ; attempt++) {
                try {
                    return work.on(open());
                } catch (SQLException e) {
                    drop();
                    if (SqlStates.isOfData(e)) {
                        throw new UnstorableRecordException(e);
                    }
                    if (!SqlStates.isTransient(e) || attempt == MAX_ATTEMPTS) {
                        throw new IOException("the projection could not be written", e);
                    }
                    log.atWarn()
                            .addKeyValue("attempt", attempt)
                            .addKeyValue("sqlState", e.getSQLState())
                            .log("the projection is tried again: " + e.getMessage());
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
                connection = JobDatabase.openForTransactions(
                        config, rebuild == null ? "ecomind-projection" : "ecomind-rebuild");
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
