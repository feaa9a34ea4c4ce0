package io.ecomind.worker.reconciliation;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.RawRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The check itself, round by round. Not thread-safe.
 *
 * <p>raw = heartbeats + live + late + duplicates + rejected + missing, between captured offsets. An offset is settled
 * when nothing can come of it any more: (1) the enrichment has committed its place behind it; (2) after that the ends of
 * events.enriched and events.rejected were captured, and the projection, or the last stable offset, has since passed
 * them, so that each transaction with the record's results is decided; (3) the ledger's time has passed its receipt by
 * as long as an event may wait for its organisation. (1) is asked in one round and (2) in a later one, so nobody waits.
 */
final class Reconciliation {
    private static final Logger log = LoggerFactory.getLogger(Reconciliation.class);

    /** Records a round checks at most; the next one goes on. */
    private static final int MAX_RECORDS = 200_000;

    /** Missing records that a round checks again. */
    private static final int MAX_RECHECKED = 1_000;

    private static final int MAX_RANGES_LOGGED = 20;

    private final Handle handle;
    private final ReconciliationTables tables;
    private final KafkaLogReader kafka;
    private final ReconciliationMetrics metrics;
    private final Map<Integer, Captured> captured = new HashMap<>();
    private final Map<Integer, Long> settled = new HashMap<>();
    private int afterPartition = -1;
    private long afterOffset = -1;

    private record Captured(long raw, long enriched, long rejected) {}

    Reconciliation(Handle handle, KafkaLogReader kafka, ReconciliationMetrics metrics) {
        this.handle = handle;
        this.tables = new ReconciliationTables(handle);
        this.kafka = kafka;
        this.metrics = metrics;
    }

    /** One round. Returns whether records are left that could be checked at once. */
    boolean round() {
        settle();
        capture();
        boolean more = checkSettled();
        recheckMissing();
        tables.prune();
        return more;
    }

    /** An offset that an earlier round captured is settled when the ends captured with it have been passed. */
    private void settle() {
        if (captured.isEmpty()) {
            return;
        }
        Map<Integer, Long> stable = kafka.stableEnds(Topic.EVENTS_REJECTED);
        Map<Integer, ReconciliationTables.ProjectedPartition> projected = tables.projected();
        captured.entrySet().removeIf(entry -> {
            int partition = entry.getKey();
            Captured ends = entry.getValue();
            var projection = projected.get(partition);
            boolean passed = (projection == null ? 0 : projection.nextOffset()) >= ends.enriched()
                    && stable.getOrDefault(partition, 0L) >= ends.rejected();
            if (passed) {
                settled.merge(partition, ends.raw(), Math::max);
            }
            return passed;
        });
    }

    private void capture() {
        Map<Integer, Long> raw = kafka.committed(ConsumerGroups.ENRICHMENT, Topic.EVENTS_RAW);
        Map<Integer, Long> enriched = kafka.ends(Topic.EVENTS_ENRICHED);
        Map<Integer, Long> rejected = kafka.ends(Topic.EVENTS_REJECTED);
        raw.forEach((partition, offset) -> captured.putIfAbsent(
                partition,
                new Captured(offset, enriched.getOrDefault(partition, 0L), rejected.getOrDefault(partition, 0L))));
    }

    private boolean checkSettled() {
        if (settled.isEmpty()) {
            return false;
        }
        Map<Integer, Long> begins = kafka.begins(Topic.EVENTS_RAW);
        Map<Integer, ReconciliationTables.CheckedPartition> checked = tables.checked();
        List<CheckedRecord> missing = new ArrayList<>();
        int budget = MAX_RECORDS;
        for (var end : new TreeMap<>(settled).entrySet()) {
            int partition = end.getKey();
            ReconciliationTables.CheckedPartition before = checked.get(partition);
            // Records that Kafka deleted before they were checked can no longer be checked.
            long from = Math.max(begins.getOrDefault(partition, 0L), before == null ? 0 : before.toOffset());
            Instant through = before == null ? null : before.receivedThrough();
            while (from < end.getValue() && budget > 0) {
                KafkaLogReader.RecordChunk chunk = kafka.chunk(Topic.EVENTS_RAW, partition, from, end.getValue());
                RangeCheck range = check(partition, from, through, chunk);
                if (range.to() == from) {
                    break;
                }
                metrics.checked(range);
                missing.addAll(range.missing());
                budget -= chunk.records().size();
                from = range.to();
                through = range.receivedThrough();
            }
        }
        if (!missing.isEmpty()) {
            log.atError()
                    .addKeyValue("count", missing.size())
                    .addKeyValue("offsets", offsetRanges(missing))
                    .log(
                            "records of events.raw are missing in the ledger: a transaction was lost; repair appends them");
        }
        return budget <= 0;
    }

    /** Checks a chunk in one snapshot of the database. Records that may still wait for their organisation are left to a later round. */
    private RangeCheck check(int partition, long from, @Nullable Instant through, KafkaLogReader.RecordChunk chunk) {
        return handle.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, snapshot -> {
            var projection = tables.projected().get(partition);
            Instant now = projection == null ? null : projection.receivedThrough();
            var range = new RangeCheck(partition, from, through);
            List<CheckedRecord> candidates = new ArrayList<>();
            long to = chunk.position();
            for (ConsumerRecord<byte[], byte[]> record : chunk.records()) {
                RawRecord raw = RawRecords.parse(record);
                if (RawRecords.isHeartbeat(record, raw) && raw != null) {
                    range.heartbeat(RawRecords.moment(raw.getHeartbeat().getReceivedAtMicros()));
                } else {
                    CheckedRecord candidate = RawRecords.candidate(record, raw);
                    if (now == null
                            || !candidate
                                    .receivedAt()
                                    .plus(Limits.ORGANISATION_HOLD)
                                    .isBefore(now)) {
                        to = record.offset();
                        break;
                    }
                    candidates.add(candidate);
                }
            }
            List<Disposition> outcomes = new Classification(tables, kafka).of(partition, candidates);
            for (int i = 0; i < candidates.size(); i++) {
                range.add(candidates.get(i), outcomes.get(i));
            }
            range.end(to);
            if (to > from) {
                tables.store(range);
            }
            return range;
        });
    }

    /** A missing record may have been repaired, or be a duplicate of one that was. */
    private void recheckMissing() {
        List<CheckedRecord> open = tables.openMissing(afterPartition, afterOffset, MAX_RECHECKED);
        if (open.isEmpty()) {
            afterPartition = -1;
            afterOffset = -1;
            return;
        }
        CheckedRecord last = open.get(open.size() - 1);
        boolean all = open.size() < MAX_RECHECKED;
        afterPartition = all ? -1 : last.partition();
        afterOffset = all ? -1 : last.offset();
        Map<Integer, List<CheckedRecord>> byPartition = open.stream()
                .collect(Collectors.groupingBy(CheckedRecord::partition, TreeMap::new, Collectors.toList()));
        byPartition.forEach((partition, candidates) ->
                handle.useTransaction(TransactionIsolationLevel.REPEATABLE_READ, snapshot -> {
                    List<Disposition> outcomes = new Classification(tables, kafka).of(partition, candidates);
                    List<Long> found = new ArrayList<>();
                    for (int i = 0; i < candidates.size(); i++) {
                        if (outcomes.get(i) != Disposition.MISSING) {
                            found.add(candidates.get(i).offset());
                        }
                    }
                    if (!found.isEmpty()) {
                        tables.resolve(partition, found);
                        log.atInfo()
                                .addKeyValue("partition", partition)
                                .addKeyValue("count", found.size())
                                .log("records that were missing are in the ledger or rejected now");
                    }
                }));
    }

    /** {@code partition:first-last} for each run of offsets. */
    static String offsetRanges(List<CheckedRecord> missing) {
        List<String> runs = new ArrayList<>();
        int i = 0;
        while (i < missing.size()) {
            CheckedRecord first = missing.get(i);
            CheckedRecord last = first;
            while (i + 1 < missing.size()
                    && missing.get(i + 1).partition() == first.partition()
                    && missing.get(i + 1).offset() == last.offset() + 1) {
                last = missing.get(++i);
            }
            i++;
            runs.add(first.partition() + ":" + first.offset()
                    + (last.offset() == first.offset() ? "" : "-" + last.offset()));
        }
        return String.join(", ", runs.subList(0, Math.min(MAX_RANGES_LOGGED, runs.size())))
                + (runs.size() > MAX_RANGES_LOGGED ? " and " + (runs.size() - MAX_RANGES_LOGGED) + " more ranges" : "");
    }
}
