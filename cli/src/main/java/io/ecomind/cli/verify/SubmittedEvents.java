package io.ecomind.cli.verify;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Installation;
import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what became of the events that one run has sent. It remembers where events.raw ended before the run and a hash
 * of each id that is sent, 8 bytes each; afterwards it looks only at what was appended to events.raw meanwhile, and there
 * only at records with one of these ids. {@link #sent} may be called by several threads, the rest by one.
 */
public final class SubmittedEvents implements AutoCloseable {
    /** Rejections reach the tables on a way of their own, some seconds after the rows. */
    private static final Duration REJECTIONS_WITHIN = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final int BATCH = 1_000;

    private static final String ROWS = """
            SELECT k.n, e.raw_partition, e.raw_offset, e.rating_version
            FROM unnest(?::text[], ?::timestamptz[], ?::text[], ?::text[])
                WITH ORDINALITY AS k (org_id, ts, source, id, n)
            CROSS JOIN LATERAL (
                SELECT r.raw_partition, r.raw_offset, r.rating_version
                FROM events_enriched r
                WHERE r.org_id = k.org_id AND r.ts = k.ts AND r.source = k.source AND r.id = k.id
                LIMIT 1) e""";

    private static final String REJECTIONS = """
            SELECT raw_offset, min(code)
            FROM events_rejected
            WHERE raw_partition = ? AND raw_offset = ANY (?)
            GROUP BY raw_offset""";

    private final DatabaseAddress pipeline;
    private final ProjectionProgress progress;
    private final KafkaLogReader log;
    private final Map<Integer, Long> begins;
    private final MessageDigest digest = Sha256.digest();

    private long[] hashes = new long[1_024];
    private int size;

    /**
     * What became of the accepted events.
     *
     * @param accepted by the gateway, as it said
     * @param counted in the daily totals since this run
     * @param waiting stored for a day that was sealed before they came; the next restatement counts them
     * @param duplicates of events that are counted already
     * @param rejected after the gateway had accepted them, by error code
     * @param unexplained none of these
     */
    public record Outcome(
            long accepted, long counted, long waiting, long duplicates, Map<String, Long> rejected, long unexplained) {
        /** False when an accepted event is not counted and will not be. */
        public boolean allCounted() {
            return rejected.isEmpty() && unexplained == 0;
        }
    }

    /** A record of events.raw with the id of an event that was sent. */
    private record Sighting(int partition, long offset, UsageEvent event) {}

    private SubmittedEvents(Installation installation) {
        this.pipeline = installation.database("pipeline");
        this.progress = new ProjectionProgress(installation.kafka(), pipeline);
        this.log = new KafkaLogReader(installation.kafka());
        this.begins = progress.ends(Topic.EVENTS_RAW);
    }

    /** To be called before the first event is sent. */
    public static SubmittedEvents watch(Installation installation) {
        return new SubmittedEvents(installation);
    }

    /** Remembers an event that is about to be sent. */
    public synchronized void sent(String id) {
        if (size == hashes.length) {
            hashes = Arrays.copyOf(hashes, Math.multiplyExact(size, 2));
        }
        hashes[size++] = hash(digest, id);
    }

    /**
     * Waits until all that was sent has been projected, then looks what became of it.
     *
     * @param accepted as the gateway counted them
     * @param say is told from time to time how much is still to come
     */
    public Outcome await(long accepted, Consumer<String> say) {
        Map<Integer, Long> ends = progress.ends(Topic.EVENTS_RAW);
        progress.awaitProjected(ends, say);
        synchronized (this) {
            hashes = Arrays.copyOf(hashes, size);
            Arrays.sort(hashes);
        }
        var found = new Tally();
        try (Connection connection = pipeline.dataSource().getConnection()) {
            for (var end : new TreeMap<>(ends).entrySet()) {
                read(connection, end.getKey(), end.getValue(), found);
            }
            return found.outcome(connection, accepted);
        } catch (SQLException e) {
            throw new CommandException("the tables do not say what became of the events: " + e.getMessage(), e);
        } catch (KafkaException e) {
            throw new CommandException("events.raw could not be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        progress.close();
        log.close();
    }

    private void read(Connection connection, int partition, long end, Tally found) throws SQLException {
        long position = begins.getOrDefault(partition, 0L);
        while (position < end) {
            KafkaLogReader.RecordChunk chunk = log.chunk(Topic.EVENTS_RAW, partition, position, end);
            List<Sighting> batch = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : chunk.records()) {
                UsageEvent event = event(record);
                if (event != null && Arrays.binarySearch(hashes, hash(digest, event.getId())) >= 0) {
                    batch.add(new Sighting(partition, record.offset(), event));
                }
                if (batch.size() == BATCH) {
                    found.find(connection, batch);
                    batch.clear();
                }
            }
            found.find(connection, batch);
            position = chunk.position();
        }
    }

    private static @Nullable UsageEvent event(ConsumerRecord<byte[], byte[]> record) {
        try {
            RawRecord raw = RawRecord.parseFrom(record.value() == null ? new byte[0] : record.value());
            return raw.hasEvent() ? raw.getEvent() : null;
        } catch (InvalidProtocolBufferException e) {
            // The gateway writes none of these, so this run has not sent it.
            return null;
        }
    }

    private static long hash(MessageDigest digest, String id) {
        return ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    /** What was found so far. Not thread-safe. */
    private static final class Tally {
        private long counted;
        private long waiting;
        private long duplicates;
        private final Map<Integer, Set<Long>> withoutRow = new TreeMap<>();

        void find(Connection connection, List<Sighting> batch) throws SQLException {
            if (batch.isEmpty()) {
                return;
            }
            List<UsageEvent> events = batch.stream().map(Sighting::event).toList();
            boolean[] hasRow = new boolean[batch.size()];
            try (PreparedStatement query = connection.prepareStatement(ROWS)) {
                query.setArray(1, array(connection, events.stream().map(UsageEvent::getOrgId)));
                query.setArray(
                        2,
                        connection.createArrayOf(
                                "timestamptz",
                                events.stream()
                                        .map(event -> Instant.EPOCH
                                                .plus(event.getTsMicros(), ChronoUnit.MICROS)
                                                .atOffset(ZoneOffset.UTC)
                                                .toString())
                                        .toArray()));
                query.setArray(3, array(connection, events.stream().map(UsageEvent::getSource)));
                query.setArray(4, array(connection, events.stream().map(UsageEvent::getId)));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        int index = Math.toIntExact(row.getLong(1) - 1);
                        hasRow[index] = true;
                        Sighting sighting = batch.get(index);
                        if (sighting.partition() != row.getInt(2) || sighting.offset() != row.getLong(3)) {
                            duplicates++;
                        } else if (row.getInt(4) > 0) {
                            counted++;
                        } else {
                            waiting++;
                        }
                    }
                }
            }
            for (int i = 0; i < hasRow.length; i++) {
                if (!hasRow[i]) {
                    withoutRow
                            .computeIfAbsent(batch.get(i).partition(), partition -> new HashSet<>())
                            .add(batch.get(i).offset());
                }
            }
        }

        /** Asks for the rejections of all that has no row until each is found, for a minute at most. */
        Outcome outcome(Connection connection, long accepted) throws SQLException {
            Map<String, Long> rejected = new TreeMap<>();
            long deadline = System.nanoTime() + REJECTIONS_WITHIN.toNanos();
            while (true) {
                for (Map.Entry<Integer, Set<Long>> open : withoutRow.entrySet()) {
                    reject(connection, open.getKey(), open.getValue(), rejected);
                }
                withoutRow.values().removeIf(Set::isEmpty);
                if (withoutRow.isEmpty() || System.nanoTime() > deadline) {
                    break;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    throw new CommandException("interrupted while waiting for the rejections");
                }
            }
            long left = withoutRow.values().stream().mapToLong(Set::size).sum();
            long seen = counted
                    + waiting
                    + duplicates
                    + left
                    + rejected.values().stream().mapToLong(Long::longValue).sum();
            return new Outcome(accepted, counted, waiting, duplicates, rejected, left + Math.max(0, accepted - seen));
        }

        private static void reject(Connection connection, int partition, Set<Long> offsets, Map<String, Long> rejected)
                throws SQLException {
            try (PreparedStatement query = connection.prepareStatement(REJECTIONS)) {
                query.setInt(1, partition);
                query.setArray(2, connection.createArrayOf("bigint", offsets.toArray()));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        offsets.remove(row.getLong(1));
                        rejected.merge(row.getString(2), 1L, Long::sum);
                    }
                }
            }
        }

        private static Array array(Connection connection, Stream<String> texts) throws SQLException {
            return connection.createArrayOf("text", texts.toArray());
        }
    }
}
