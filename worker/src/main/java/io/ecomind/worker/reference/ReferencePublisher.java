package io.ecomind.worker.reference;

import io.ecomind.connect.Secret;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background thread that carries rows of reference_outbox to the topic reference: in the order of versions, marked
 * only after Kafka acknowledged, followed by a manifest when nothing is left to publish. Thread-safe.
 *
 * <p>Over all processes only the one whose connection holds an advisory lock publishes; the others ask for the lock
 * twice a second. The lock belongs to the database session, so the connection must not go through a pooler that shares
 * sessions between transactions.
 *
 * <p>Whatever fails, in Kafka or in the database, leaves the rows unpublished: connection, lock and clients are given
 * up, and after a pause this or another process starts again. A topic that is empty although rows are marked has lost
 * its content; the current state of every entity is then published anew.
 */
public final class ReferencePublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReferencePublisher.class);

    static final int BATCH = 100;
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);
    private static final Duration TOPIC_CHECK = Duration.ofSeconds(30);
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration STOP = Duration.ofSeconds(15);

    private final Jdbi database;
    private final String bootstrapServers;
    private final Gauge unpublished;
    private final Counter published;
    private final Counter failures;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    /** Rounds that have failed in a row; only the thread touches it. */
    private int failedInARow;

    private ReferencePublisher(Jdbi database, String bootstrapServers, PrometheusRegistry metrics) {
        this.database = database;
        this.bootstrapServers = bootstrapServers;
        this.unpublished = Gauge.builder()
                .name("ecomind_reference_outbox_unpublished_rows")
                .help("Changes of reference data that are not in Kafka yet.")
                .register(metrics);
        this.published = Counter.builder()
                .name("ecomind_reference_published_total")
                .help("Changes of reference data that Kafka has acknowledged to this process.")
                .register(metrics);
        this.failures = Counter.builder()
                .name("ecomind_reference_publish_failures_total")
                .help("Attempts to publish reference data that failed and are repeated.")
                .register(metrics);
        this.thread = new Thread(this::run, "reference-publisher");
        this.thread.setDaemon(true);
    }

    /**
     * Starts the thread. Neither database nor Kafka need to be there yet.
     *
     * @param user the worker role
     */
    public static ReferencePublisher start(
            String jdbcUrl, String user, Secret password, String bootstrapServers, PrometheusRegistry metrics) {
        var session = new Properties();
        session.setProperty("user", user);
        session.setProperty("password", password.value());
        session.setProperty("ApplicationName", "reference-publisher");
        session.setProperty("connectTimeout", "5");
        // A database that is gone without a word must not hold the thread for ever.
        session.setProperty("socketTimeout", "30");
        session.setProperty("tcpKeepAlive", "true");
        var publisher = new ReferencePublisher(
                Jdbi.create(jdbcUrl, session).installPlugin(new PostgresPlugin()), bootstrapServers, metrics);
        publisher.thread.start();
        return publisher;
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
                    publishWhileConnected(new Outbox(handle));
                } catch (InterruptException stopped) {
                    return;
                } catch (RuntimeException e) {
                    // Our own bugs too: a thread that died of one would fall silent, one that keeps failing is heard.
                    failures.inc();
                    failedInARow++;
                    log.atWarn()
                            .addKeyValue("failedInARow", failedInARow)
                            .addKeyValue("cause", e.toString())
                            .log("reference data cannot be published at the moment; trying again");
                }
            } while (!pauseAndAskWhetherToStop(failedInARow == 0 ? PERIOD : backoff()));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishWhileConnected(Outbox outbox) throws InterruptedException {
        while (true) {
            unpublished.set(outbox.countUnpublished());
            if (outbox.tryLock()) {
                break;
            }
            failedInARow = 0;
            if (pauseAndAskWhetherToStop(PERIOD)) {
                return;
            }
        }
        try (var topic = new ReferenceTopic(bootstrapServers)) {
            publishWhileLocked(outbox, topic);
        }
    }

    private void publishWhileLocked(Outbox outbox, ReferenceTopic topic) throws InterruptedException {
        log.atInfo().log("this process publishes reference data");
        long nextCheck = System.nanoTime();
        boolean manifestIsStale = true;
        do {
            if (System.nanoTime() - nextCheck >= 0) {
                manifestIsStale |= startOverIfEmpty(outbox, topic);
                nextCheck = System.nanoTime() + TOPIC_CHECK.toNanos();
            }
            manifestIsStale |= publishAll(outbox, topic);
            if (manifestIsStale) {
                manifestIsStale = !publishManifest(outbox, topic);
            }
            unpublished.set(outbox.countUnpublished());
            failedInARow = 0;
        } while (!pauseAndAskWhetherToStop(PERIOD));
    }

    private static boolean startOverIfEmpty(Outbox outbox, ReferenceTopic topic) throws InterruptedException {
        if (!topic.isEmpty()) {
            return false;
        }
        int rows = outbox.forgetPublished();
        if (rows > 0) {
            log.atWarn()
                    .addKeyValue("rows", rows)
                    .log("the topic reference has lost its content; publishing everything again");
        }
        return true;
    }

    /** @return whether there was something */
    private boolean publishAll(Outbox outbox, ReferenceTopic topic) throws InterruptedException {
        boolean any = false;
        while (stopping.getCount() > 0) {
            List<Outbox.Unpublished> batch = outbox.unpublished(BATCH);
            if (batch.isEmpty()) {
                break;
            }
            topic.send(batch.stream().map(Outbox.Unpublished::entry).toList());
            outbox.markPublished(batch);
            published.inc(batch.size());
            unpublished.set(outbox.countUnpublished());
            any = true;
        }
        return any;
    }

    /** @return false when changes came in between, which have to go first */
    private static boolean publishManifest(Outbox outbox, ReferenceTopic topic) throws InterruptedException {
        // The query also shows that the session, and with it the lock, is still there: a process that has lost it must
        // not lay an old manifest over a new one.
        Optional<ReferenceManifest> manifest = outbox.manifest();
        if (manifest.isEmpty()) {
            return false;
        }
        topic.send(manifest.get());
        return true;
    }

    private boolean pauseAndAskWhetherToStop(Duration pause) throws InterruptedException {
        return stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Doubles up to the limit; the jitter keeps processes that failed together from trying together. */
    private Duration backoff() {
        long millis = Math.min(MAX_PAUSE.toMillis(), PERIOD.toMillis() << Math.min(failedInARow - 1, 10));
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }
}
