package io.ecomind.worker.reconciliation;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.connect.Secret;
import io.ecomind.contracts.Topic;
import io.ecomind.service.http.ReadinessCheck;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background thread that checks by raw offset what became of every record of events.raw. Thread-safe.
 *
 * <p>Over all processes only the one whose connection holds an advisory lock checks; the others only tell how the check
 * stands. Whatever fails, in Kafka or in the database, ends the round: connection, lock and clients are given up and the
 * next round starts with new ones, from the last range that is stored.
 */
public final class Reconciler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration STOP = Duration.ofSeconds(15);

    /** How long the last stable offset may stand still: several checkpoints, and far below the transaction time-out. */
    private static final Duration ALARM = Duration.ofMinutes(5);

    private final Jdbi database;
    private final String bootstrapServers;
    private final Duration period;
    private final Clock clock;
    private final ReconciliationMetrics metrics;
    private final LastStableOffsetMonitor watch = new LastStableOffsetMonitor(ALARM);
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;
    private volatile ReconciliationTables.@Nullable Standing standing;
    private volatile Duration stalled = Duration.ZERO;

    private Reconciler(
            Jdbi database, String bootstrapServers, Duration period, Clock clock, PrometheusRegistry registry) {
        this.database = database;
        this.bootstrapServers = bootstrapServers;
        this.period = period;
        this.clock = clock;
        this.metrics = new ReconciliationMetrics(registry, clock);
        this.thread = new Thread(this::run, "reconciler");
        this.thread.setDaemon(true);
    }

    /**
     * Starts the thread. Neither database nor Kafka need to be there yet.
     *
     * @param user the worker role
     * @param period time between two rounds
     */
    public static Reconciler start(
            String jdbcUrl,
            String user,
            Secret password,
            String bootstrapServers,
            Duration period,
            Clock clock,
            PrometheusRegistry registry) {
        var session = new Properties();
        session.setProperty("user", user);
        session.setProperty("password", password.value());
        session.setProperty("ApplicationName", "reconciler");
        session.setProperty("connectTimeout", "5");
        // A database that is gone without a word must not hold the thread for ever.
        session.setProperty("socketTimeout", "60");
        session.setProperty("tcpKeepAlive", "true");
        var reconciler = new Reconciler(
                Jdbi.create(jdbcUrl, session).installPlugin(new PostgresPlugin()),
                bootstrapServers,
                period,
                clock,
                registry);
        reconciler.thread.start();
        return reconciler;
    }

    /** Never a problem: the API answers whatever the check finds. What is missing or stands still is a note. */
    public ReadinessCheck readiness() {
        return new ReadinessCheck() {
            @Override
            public @Nullable String problem() {
                return null;
            }

            @Override
            public @Nullable String note() {
                ReconciliationTables.Standing last = standing;
                if (stalled.compareTo(ALARM) >= 0) {
                    return "a transaction has held up events.enriched for " + stalled.toSeconds() + " s";
                }
                if (last == null || last.checkedAt() == null) {
                    return "nothing is checked yet";
                }
                if (last.missing() > 0) {
                    return last.missing() + " records of events.raw are missing in the ledger";
                }
                return last.disputedDays() == 0 ? null : last.disputedDays() + " days are in dispute";
            }
        };
    }

    @Override
    public void close() {
        stopping.countDown();
        try {
            thread.join(GRACE.toMillis());
            thread.interrupt();
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            do {
                try (Handle handle = database.open()) {
                    checkWhileConnected(handle);
                } catch (InterruptException stopped) {
                    return;
                } catch (RuntimeException e) {
                    // Our own bugs too: a thread that died of one would fall silent, one that keeps failing is heard.
                    metrics.failed();
                    log.atWarn()
                            .addKeyValue("cause", e.toString())
                            .log("events.raw cannot be checked at the moment; trying again");
                }
            } while (!pauseAndAskWhetherToStop());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void checkWhileConnected(Handle handle) throws InterruptedException {
        var tables = new ReconciliationTables(handle);
        while (!tables.tryLock()) {
            tell(tables);
            if (pauseAndAskWhetherToStop()) {
                return;
            }
        }
        try (var kafka = new KafkaLogReader(bootstrapServers)) {
            var check = new Reconciliation(handle, kafka, metrics);
            boolean more;
            do {
                LastStableOffsetMonitor.Seen seen = watch.look(kafka, clock.instant());
                stalled = seen.stalled();
                metrics.ledger(seen);
                more = check.round();
                tell(tables);
            } while (more ? stopping.getCount() > 0 : !pauseAndAskWhetherToStop());
        }
    }

    private void tell(ReconciliationTables tables) {
        ReconciliationTables.Standing now = tables.standing(Topic.EVENTS_RAW.partitions());
        standing = now;
        metrics.standing(now);
    }

    private boolean pauseAndAskWhetherToStop() throws InterruptedException {
        return stopping.await(period.toMillis(), TimeUnit.MILLISECONDS);
    }
}
