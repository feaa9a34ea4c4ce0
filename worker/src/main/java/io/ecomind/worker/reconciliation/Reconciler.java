package io.ecomind.worker.reconciliation;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.connect.SingletonWorker;
import io.ecomind.contracts.Topic;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.store.Sessions;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out by raw offset what became of every record of events.raw, in one process at a time; the others only report the
 * status of the check. Thread-safe.
 *
 * <p>After a failure of Kafka or the database the check goes on from the last range that is stored.
 */
public final class Reconciler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(60);

    /** How long the last stable offset may stand still: several checkpoints, and far below the transaction time-out. */
    private static final Duration ALARM = Duration.ofMinutes(5);

    private final Checking checking;
    private final SingletonWorker worker;

    private Reconciler(Checking checking, SingletonWorker worker) {
        this.checking = checking;
        this.worker = worker;
    }

    /**
     * Starts the thread. Neither the database nor Kafka needs to be available yet.
     *
     * @param user the worker role
     * @param period time between two rounds
     */
    public static Reconciler start(
            String jdbcUrl,
            String user,
            Secret password,
            KafkaSettings kafkaSettings,
            Duration period,
            Clock clock,
            PrometheusRegistry registry) {
        var checking = new Checking(kafkaSettings, clock, new ReconciliationMetrics(registry, clock));
        return new Reconciler(
                checking,
                new SingletonWorker(
                        "reconciler",
                        period,
                        Sessions.of(jdbcUrl, user, password, "reconciler", SOCKET_TIMEOUT),
                        AdvisoryLock.RECONCILIATION::tryLock,
                        checking));
    }

    /** Never a problem: the worker is ready whatever the check finds. Missing records and a stalled ledger are a note. */
    public ReadinessCheck readiness() {
        return new ReadinessCheck() {
            @Override
            public @Nullable String problem() {
                return null;
            }

            @Override
            public @Nullable String note() {
                return checking.note();
            }
        };
    }

    @Override
    public void close() {
        worker.close();
    }

    private static final class Checking implements SingletonWorker.Task {
        private final KafkaSettings kafkaSettings;
        private final Clock clock;
        private final ReconciliationMetrics metrics;
        private final LastStableOffsetMonitor monitor = new LastStableOffsetMonitor(ALARM);
        private volatile @Nullable ReconciliationStatus lastStatus;
        private volatile Duration lsoUnchangedFor = Duration.ZERO;

        Checking(KafkaSettings kafkaSettings, Clock clock, ReconciliationMetrics metrics) {
            this.kafkaSettings = kafkaSettings;
            this.clock = clock;
            this.metrics = metrics;
        }

        @Override
        public void standBy(Connection connection) {
            updateStatus(new ReconciliationTables(handle(connection)));
        }

        @Override
        public SingletonWorker.Work begin(Connection connection) {
            Handle handle = handle(connection);
            var tables = new ReconciliationTables(handle);
            var kafka = new KafkaLogReader(kafkaSettings);
            var reconciliation = new Reconciliation(handle, kafka, metrics);
            return new SingletonWorker.Work() {
                @Override
                public boolean next() {
                    LsoStatus status = monitor.check(kafka, clock.instant());
                    lsoUnchangedFor = status.unchangedFor();
                    metrics.lastStableOffset(status);
                    boolean more = reconciliation.round();
                    updateStatus(tables);
                    return more;
                }

                @Override
                public void close() {
                    kafka.close();
                }
            };
        }

        @Override
        public void failed(Exception cause, int failedInARow) {
            metrics.failed();
            log.atWarn()
                    .addKeyValue("failedInARow", failedInARow)
                    .addKeyValue("cause", cause.toString())
                    .log("events.raw cannot be checked at the moment; trying again");
        }

        @Nullable
        String note() {
            ReconciliationStatus status = lastStatus;
            if (lsoUnchangedFor.compareTo(ALARM) >= 0) {
                return "a transaction has held up events.enriched for " + lsoUnchangedFor.toSeconds() + " s";
            }
            if (status == null || status.checkedAt() == null) {
                return "nothing is checked yet";
            }
            if (status.missing() > 0) {
                return status.missing() + " records of events.raw are missing in the ledger";
            }
            return status.disputedDays() == 0 ? null : status.disputedDays() + " days are in dispute";
        }

        private void updateStatus(ReconciliationTables tables) {
            ReconciliationStatus status = tables.status(Topic.EVENTS_RAW.partitions());
            lastStatus = status;
            metrics.status(status);
        }

        private static Handle handle(Connection connection) {
            return Jdbi.create(connection).installPlugin(new PostgresPlugin()).open();
        }
    }
}
