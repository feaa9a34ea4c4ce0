package io.ecomind.cli.verify;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.connect.KafkaLogReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Topic;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Waits until the records that are in events.raw at one moment are in the daily totals. Not thread-safe.
 *
 * <p>First the enrichment must have committed offsets of events.raw behind them (it does so with each checkpoint, when the
 * transaction with its output is committed), then the projection must have stored offsets of events.enriched behind all
 * of that output. Heartbeats are written every second, so both advance even when no events arrive.
 */
public final class ProjectionProgress implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final KafkaLogReader kafka;
    private final DatabaseAddress pipeline;
    private final Duration patience;

    public ProjectionProgress(KafkaSettings kafkaSettings, DatabaseAddress pipeline) {
        this(kafkaSettings, pipeline, PATIENCE);
    }

    ProjectionProgress(KafkaSettings kafkaSettings, DatabaseAddress pipeline, Duration patience) {
        this.kafka = new KafkaLogReader(kafkaSettings);
        this.pipeline = pipeline;
        this.patience = patience;
    }

    /** The end of each partition of a topic, records of open transactions included. */
    public Map<Integer, Long> ends(Topic topic) {
        return kafka.ends(topic);
    }

    /** Reads the topics whose progress this is. */
    KafkaLogReader kafka() {
        return kafka;
    }

    /**
     * Waits until records below these ends are in the daily totals.
     *
     * @param rawEnds as {@link #ends} gave them for events.raw
     * @param say hears now and then how much is still to come
     * @throws CommandException after two minutes without any progress
     */
    public void awaitProjected(Map<Integer, Long> rawEnds, Consumer<String> say) {
        awaitEnriched(rawEnds, say);
        Map<Integer, Long> enrichedEnds = ends(Topic.EVENTS_ENRICHED);
        await("records to reach the tables", () -> missing(enrichedEnds, projectedThrough()), say);
    }

    /** Waits until the enrichment has committed offsets behind the ends of events.raw. */
    void awaitEnriched(Map<Integer, Long> rawEnds, Consumer<String> say) {
        await(
                "events to be enriched",
                () -> missing(rawEnds, kafka.committed(ConsumerGroups.ENRICHMENT, Topic.EVENTS_RAW)),
                say);
    }

    /** Waits until all transactions that wrote below the present end of a topic are committed; returns that end. */
    Map<Integer, Long> awaitCommitted(Topic topic, Consumer<String> say) {
        Map<Integer, Long> ends = ends(topic);
        await(
                "records of " + topic.topicName() + " to be committed",
                () -> missing(ends, kafka.stableEnds(topic)),
                say);
        return ends;
    }

    /** How many records are below the ends and not yet passed. */
    static long missing(Map<Integer, Long> ends, Map<Integer, Long> passed) {
        long missing = 0;
        for (var end : ends.entrySet()) {
            // A partition that has never had a record has no committed offset.
            missing += Math.max(0, end.getValue() - passed.getOrDefault(end.getKey(), 0L));
        }
        return missing;
    }

    @Override
    public void close() {
        kafka.close();
    }

    private void await(String what, LongSupplier remaining, Consumer<String> say) {
        long lastMove = System.nanoTime();
        long lastSaid = System.nanoTime();
        long last = remaining.getAsLong();
        while (last > 0) {
            LockSupport.parkNanos(PAUSE.toNanos());
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new CommandException("interrupted while waiting for " + what);
            }
            long now = remaining.getAsLong();
            if (now < last) {
                lastMove = System.nanoTime();
            }
            last = now;
            if (System.nanoTime() - lastMove > patience.toNanos()) {
                throw new CommandException("no progress for " + patience.toSeconds() + " s: still waiting for " + now
                        + " " + what + "; ./ecomind status shows whether the jobs run");
            }
            if (now > 0 && System.nanoTime() - lastSaid > Duration.ofSeconds(2).toNanos()) {
                lastSaid = System.nanoTime();
                say.accept(String.format(Locale.ROOT, "waiting for %,d %s", now, what));
            }
        }
    }

    private Map<Integer, Long> projectedThrough() {
        Map<Integer, Long> through = new HashMap<>();
        try (Connection connection = pipeline.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT partition, next_offset FROM projection_offsets")) {
            while (rows.next()) {
                through.put(rows.getInt(1), rows.getLong(2));
            }
        } catch (SQLException e) {
            throw new CommandException("the offsets of the projection could not be read: " + e.getMessage(), e);
        }
        return through;
    }
}
