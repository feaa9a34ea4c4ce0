package io.ecomind.cli.verify;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.runtime.KafkaConnectors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Waits until what stands in events.raw at one moment is in the daily totals. Not thread-safe.
 *
 * <p>First the enrichment must have committed its place in events.raw (it does so with each checkpoint, when the
 * transaction with its output is committed), then the projection must have stored a place in events.enriched behind
 * all of that output. Heartbeats flow every second, so both places move even when nobody calls.
 */
public final class ProjectionProgress implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Admin admin;
    private final DatabaseAddress pipeline;
    private final Duration patience;

    public ProjectionProgress(String bootstrapServers, DatabaseAddress pipeline) {
        this(bootstrapServers, pipeline, PATIENCE);
    }

    ProjectionProgress(String bootstrapServers, DatabaseAddress pipeline, Duration patience) {
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        this.pipeline = pipeline;
        this.patience = patience;
    }

    /** Where each partition of a topic ends now, open transactions included. */
    public Map<Integer, Long> ends(Topic topic) {
        return offsets(topic, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /** Where each partition ends for a reader of committed records. */
    Map<Integer, Long> committedEnds(Topic topic) {
        return offsets(topic, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    }

    /** Where each partition begins now. */
    Map<Integer, Long> begins(Topic topic) {
        return offsets(topic, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /**
     * Waits.
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

    /** Waits until the enrichment has committed its place behind the ends of events.raw. */
    void awaitEnriched(Map<Integer, Long> rawEnds, Consumer<String> say) {
        await("events to be enriched", () -> missing(rawEnds, enrichedThrough()), say);
    }

    /** Waits until all transactions that wrote below the present end of a topic are committed; returns that end. */
    Map<Integer, Long> awaitCommitted(Topic topic, Consumer<String> say) {
        Map<Integer, Long> ends = ends(topic);
        await("records of " + topic.topicName() + " to be committed", () -> missing(ends, committedEnds(topic)), say);
        return ends;
    }

    /** How many records are below the ends and not yet passed. */
    static long missing(Map<Integer, Long> ends, Map<Integer, Long> passed) {
        long missing = 0;
        for (var end : ends.entrySet()) {
            // A partition that nobody ever wrote to has no committed place.
            missing += Math.max(0, end.getValue() - passed.getOrDefault(end.getKey(), 0L));
        }
        return missing;
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
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

    private Map<Integer, Long> enrichedThrough() {
        Map<TopicPartition, OffsetAndMetadata> committed = get(
                admin.listConsumerGroupOffsets(KafkaConnectors.ENRICHMENT_GROUP).partitionsToOffsetAndMetadata());
        Map<Integer, Long> through = new HashMap<>();
        committed.forEach((partition, offset) -> {
            // Kafka reports a partition without a commit as null.
            if (offset != null && partition.topic().equals(Topic.EVENTS_RAW.topicName())) {
                through.put(partition.partition(), offset.offset());
            }
        });
        return through;
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
            throw new CommandException("the database does not say how far the projection is: " + e.getMessage(), e);
        }
        return through;
    }

    private Map<Integer, Long> offsets(Topic topic, OffsetSpec spec, IsolationLevel isolation) {
        int partitions = get(admin.describeTopics(List.of(topic.topicName())).allTopicNames())
                .values()
                .iterator()
                .next()
                .partitions()
                .size();
        Map<TopicPartition, OffsetSpec> wanted = IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toMap(p -> new TopicPartition(topic.topicName(), p), p -> spec));
        Map<Integer, Long> offsets = new TreeMap<>();
        get(admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all())
                .forEach((partition, found) -> offsets.put(partition.partition(), found.offset()));
        return offsets;
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new CommandException("Kafka does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while asking Kafka", e);
        }
    }
}
