package io.ecomind.worker.reference;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.connect.SingletonWorker;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.store.Sessions;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the rows of reference_outbox to the topic reference, in one process at a time: in the order of versions,
 * marked only after Kafka has acknowledged them, and followed by a manifest when no unpublished row is left. Thread-safe.
 *
 * <p>A failure of Kafka or the database leaves rows unpublished, and they are sent again. A topic that is empty although
 * rows are marked as published has lost its records; the newest state of every entity is then published again.
 */
public final class ReferencePublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReferencePublisher.class);

    static final int BATCH = 100;
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final Duration TOPIC_CHECK = Duration.ofSeconds(30);
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);

    private final SingletonWorker worker;

    private ReferencePublisher(SingletonWorker worker) {
        this.worker = worker;
    }

    /**
     * Starts the thread. Neither the database nor Kafka needs to be available yet.
     *
     * @param user the worker role
     */
    public static ReferencePublisher start(
            String jdbcUrl, String user, Secret password, KafkaSettings kafkaSettings, PrometheusRegistry metrics) {
        return new ReferencePublisher(new SingletonWorker(
                "reference-publisher",
                PERIOD,
                Sessions.of(jdbcUrl, user, password, "reference-publisher", SOCKET_TIMEOUT),
                AdvisoryLock.REFERENCE_PUBLISHER::tryLock,
                new Publishing(kafkaSettings, metrics)));
    }

    @Override
    public void close() {
        worker.close();
    }

    private static final class Publishing implements SingletonWorker.Task {
        private final KafkaSettings kafkaSettings;
        private final Gauge unpublished;
        private final Counter published;
        private final Counter failures;

        Publishing(KafkaSettings kafkaSettings, PrometheusRegistry metrics) {
            this.kafkaSettings = kafkaSettings;
            unpublished = Gauge.builder()
                    .name("ecomind_reference_outbox_unpublished_rows")
                    .help("Changes of reference data that are not in Kafka yet.")
                    .register(metrics);
            published = Counter.builder()
                    .name("ecomind_reference_published_total")
                    .help("Changes of reference data that Kafka has acknowledged to this process.")
                    .register(metrics);
            failures = Counter.builder()
                    .name("ecomind_reference_publish_failures_total")
                    .help("Attempts to publish reference data that failed and are repeated.")
                    .register(metrics);
        }

        @Override
        public void standBy(Connection connection) {
            unpublished.set(outbox(connection).countUnpublished());
        }

        @Override
        public SingletonWorker.Work begin(Connection connection) {
            Outbox outbox = outbox(connection);
            // Before Kafka is asked: the gauge must not be silent while Kafka is down.
            unpublished.set(outbox.countUnpublished());
            var work = new PublishingWork(outbox, new ReferenceTopic(kafkaSettings), unpublished, published);
            log.atInfo().log("this process publishes reference data");
            return work;
        }

        @Override
        public void failed(Exception cause, int failedInARow) {
            failures.inc();
            log.atWarn()
                    .addKeyValue("failedInARow", failedInARow)
                    .addKeyValue("cause", cause.toString())
                    .log("reference data cannot be published at the moment; trying again");
        }

        private static Outbox outbox(Connection connection) {
            return new Outbox(
                    Jdbi.create(connection).installPlugin(new PostgresPlugin()).open());
        }
    }

    private static final class PublishingWork implements SingletonWorker.Work {
        private final Outbox outbox;
        private final ReferenceTopic topic;
        private final Gauge unpublished;
        private final Counter published;
        private long nextTopicCheck = System.nanoTime();
        private boolean manifestIsStale = true;

        PublishingWork(Outbox outbox, ReferenceTopic topic, Gauge unpublished, Counter published) {
            this.outbox = outbox;
            this.topic = topic;
            this.unpublished = unpublished;
            this.published = published;
        }

        @Override
        public boolean next() throws InterruptedException {
            if (System.nanoTime() - nextTopicCheck >= 0) {
                manifestIsStale |= startOverIfEmpty();
                nextTopicCheck = System.nanoTime() + TOPIC_CHECK.toNanos();
            }
            boolean sent = publishBatch();
            manifestIsStale |= sent;
            if (!sent && manifestIsStale) {
                manifestIsStale = !publishManifest();
            }
            unpublished.set(outbox.countUnpublished());
            return sent;
        }

        @Override
        public void close() {
            topic.close();
        }

        private boolean startOverIfEmpty() throws InterruptedException {
            if (!topic.isEmpty()) {
                return false;
            }
            int rows = outbox.forgetPublished();
            if (rows > 0) {
                log.atWarn()
                        .addKeyValue("rows", rows)
                        .log("the topic reference has lost its records; publishing everything again");
            }
            return true;
        }

        /** Returns false when there was no unpublished row. */
        private boolean publishBatch() throws InterruptedException {
            List<Outbox.Unpublished> batch = outbox.unpublished(BATCH);
            if (batch.isEmpty()) {
                return false;
            }
            topic.send(batch.stream().map(Outbox.Unpublished::entry).toList());
            outbox.markPublished(batch);
            published.inc(batch.size());
            return true;
        }

        /** Returns false when changes were committed in between, which have to be published first. */
        private boolean publishManifest() throws InterruptedException {
            // The query also shows that the session, and with it the lock, still exists: a process that has lost the
            // lock must not publish an old manifest after a new one.
            Optional<ReferenceManifest> manifest = outbox.manifest();
            if (manifest.isEmpty()) {
                return false;
            }
            topic.send(manifest.get());
            return true;
        }
    }
}
