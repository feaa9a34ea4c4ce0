package io.ecomind.worker.reconciliation;

import java.sql.Array;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** What the check asks and notes, over one connection of the worker. Not thread-safe. */
final class ReconciliationTables {
    private static final Duration KEPT = Duration.ofDays(7);

    private final Handle handle;

    /** How far the projection is in a partition of events.enriched; receivedThrough is null before its first heartbeat. */
    record ProjectedPartition(
            int partition, long nextOffset, @Nullable Instant receivedThrough) {}

    /** Where the n-th of the given identities is counted, n from 1. */
    record CountedIdentity(int n, int rawPartition, long rawOffset, boolean late) {}

    /** A ts under which the n-th of the given identities is counted, n from 1. */
    record CountedMoment(int n, Instant ts) {}

    /** How far the check is in a partition of events.raw. */
    record CheckedPartition(
            int partition, long toOffset, @Nullable Instant receivedThrough) {}

    ReconciliationTables(Handle handle) {
        this.handle = handle;
    }

    /** By partition. */
    Map<Integer, ProjectedPartition> projected() {
        return handle.createQuery("SELECT partition, next_offset, received_through FROM projection_offsets")
                .map(ConstructorMapper.of(ProjectedPartition.class))
                .collect(Collectors.toMap(ProjectedPartition::partition, Function.identity()));
    }

    /** By partition. */
    Map<Integer, CheckedPartition> checked() {
        return handle.createQuery("""
                        SELECT DISTINCT ON (partition) partition, to_offset, received_through
                        FROM reconciliation_ranges
                        ORDER BY partition, to_offset DESC""")
                .map(ConstructorMapper.of(CheckedPartition.class))
                .collect(Collectors.toMap(CheckedPartition::partition, Function.identity()));
    }

    /** Where the identities are counted, by their index in the list; all must have a ts. */
    Map<Integer, CountedIdentity> countedAt(List<CheckedRecord> candidates) {
        return handle.createQuery(
                        "SELECT n, raw_partition, raw_offset, late FROM counted_at(:orgs, :ts, :sources, :ids)")
                .bindBySqlType("orgs", texts(candidates, CheckedRecord::orgId), Types.ARRAY)
                .bindBySqlType("ts", moments(candidates, CheckedRecord::ts), Types.ARRAY)
                .bindBySqlType("sources", texts(candidates, CheckedRecord::source), Types.ARRAY)
                .bindBySqlType("ids", texts(candidates, CheckedRecord::id), Types.ARRAY)
                .map(ConstructorMapper.of(CountedIdentity.class))
                .collect(Collectors.toMap(counted -> counted.n() - 1, Function.identity()));
    }

    /** Under which other ts the ids are counted, by their index in the list; all must be of one organisation. */
    Map<Integer, List<Instant>> countedBetween(String orgId, Instant from, Instant to, List<CheckedRecord> candidates) {
        return handle.createQuery("SELECT n, ts FROM counted_between(:org, :from, :to, :sources, :ids)")
                .bind("org", orgId)
                .bind("from", utc(from))
                .bind("to", utc(to))
                .bindBySqlType("sources", texts(candidates, CheckedRecord::source), Types.ARRAY)
                .bindBySqlType("ids", texts(candidates, CheckedRecord::id), Types.ARRAY)
                .map(ConstructorMapper.of(CountedMoment.class))
                .collect(Collectors.groupingBy(
                        counted -> counted.n() - 1, Collectors.mapping(CountedMoment::ts, Collectors.toList())));
    }

    Set<Long> rejectedOffsets(int partition, Collection<Long> offsets) {
        return handle.createQuery("SELECT rejected_offsets(:partition, :offsets)")
                .bind("partition", partition)
                .bindArray("offsets", Long.class, offsets)
                .mapTo(Long.class)
                .collect(Collectors.toSet());
    }

    void store(RangeCheck range) {
        handle.createUpdate("""
                        INSERT INTO reconciliation_ranges (partition, from_offset, to_offset, heartbeats, live, late,
                            duplicates, rejected, missing, received_through)
                        VALUES (:partition, :from, :to, :heartbeats, :live, :late, :duplicates, :rejected, :missing,
                            :through)""")
                .bind("partition", range.partition())
                .bind("from", range.from())
                .bind("to", range.to())
                .bind("heartbeats", range.count(Disposition.HEARTBEAT))
                .bind("live", range.count(Disposition.LIVE))
                .bind("late", range.count(Disposition.LATE))
                .bind("duplicates", range.count(Disposition.DUPLICATE))
                .bind("rejected", range.count(Disposition.REJECTED))
                .bind("missing", range.count(Disposition.MISSING))
                .bind("through", utc(range.receivedThrough()))
                .execute();
        List<CheckedRecord> missing = range.missing();
        if (!missing.isEmpty()) {
            handle.createQuery(
                            "SELECT record_missing(:partition, :offsets, :orgs, :sources, :ids, :users, :ts, :received)")
                    .bind("partition", range.partition())
                    .bindArray(
                            "offsets",
                            Long.class,
                            missing.stream().map(CheckedRecord::offset).toList())
                    .bindBySqlType("orgs", texts(missing, CheckedRecord::orgId), Types.ARRAY)
                    .bindBySqlType("sources", texts(missing, CheckedRecord::source), Types.ARRAY)
                    .bindBySqlType("ids", texts(missing, CheckedRecord::id), Types.ARRAY)
                    .bindBySqlType("users", texts(missing, CheckedRecord::userId), Types.ARRAY)
                    .bindBySqlType("ts", moments(missing, CheckedRecord::ts), Types.ARRAY)
                    .bindBySqlType("received", moments(missing, CheckedRecord::receivedAt), Types.ARRAY)
                    .mapTo(String.class)
                    .list();
        }
    }

    /** Missing records behind an offset of a partition, in order. */
    List<CheckedRecord> openMissing(int afterPartition, long afterOffset, int limit) {
        return handle.createQuery("""
                        SELECT raw_partition AS partition, raw_offset AS "offset", org_id, source, event_id AS id,
                               user_id, ts, received_at
                        FROM list_missing(:partition, :offset, :limit)""")
                .bind("partition", afterPartition)
                .bind("offset", afterOffset)
                .bind("limit", limit)
                .map(ConstructorMapper.of(CheckedRecord.class))
                .list();
    }

    void resolve(int partition, List<Long> offsets) {
        handle.createQuery("SELECT resolve_missing(:partition, :offsets)")
                .bind("partition", partition)
                .bindArray("offsets", Long.class, offsets)
                .mapTo(String.class)
                .list();
    }

    ReconciliationStatus status(int partitions) {
        return handle.createQuery("""
                        SELECT checked_at, reconciled_through, count_missing() AS missing,
                               count_disputed() AS disputed_days
                        FROM reconciliation_status(:partitions)""")
                .bind("partitions", partitions)
                .map(ConstructorMapper.of(ReconciliationStatus.class))
                .one();
    }

    /** Deletes old ranges, except the newest of each partition, from which the next round goes on. */
    void prune() {
        handle.createUpdate("""
                        DELETE FROM reconciliation_ranges old
                        WHERE old.checked_at < now() - make_interval(secs => :seconds)
                          AND EXISTS (SELECT FROM reconciliation_ranges newer
                                      WHERE newer.partition = old.partition AND newer.to_offset > old.to_offset)""").bind("seconds", (double) KEPT.toSeconds()).execute();
    }

    private Array texts(List<CheckedRecord> candidates, Function<CheckedRecord, String> text) {
        return array("text", candidates.stream().map(text).toArray());
    }

    private Array moments(List<CheckedRecord> candidates, Function<CheckedRecord, @Nullable Instant> moment) {
        @Nullable Object[] texts = new Object[candidates.size()];
        for (int i = 0; i < texts.length; i++) {
            Instant at = moment.apply(candidates.get(i));
            texts[i] = at == null ? null : at.toString();
        }
        return array("timestamptz", texts);
    }

    private Array array(String type, @Nullable Object[] values) {
        try {
            return handle.getConnection().createArrayOf(type, values);
        } catch (SQLException e) {
            throw new IllegalStateException("an array of " + type + " could not be made", e);
        }
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant moment) {
        return moment == null ? null : moment.atOffset(ZoneOffset.UTC);
    }
}
