package io.ecomind.worker.reconciliation;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds out what became of records whose results are all in the tables or, rejections, in their topic. The queries are
 * in the order of their cost, and each is sent only for the records that the one before did not explain. Not thread-safe.
 */
final class Classification {
    /** The enrichment's clock is a watermark, which is behind by this at most. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    private final ReconciliationTables tables;
    private final KafkaLogReader log;

    Classification(ReconciliationTables tables, KafkaLogReader log) {
        this.tables = tables;
        this.log = log;
    }

    /** One outcome for each candidate, in their order; all must be of one partition. */
    List<Disposition> of(int partition, List<CheckedRecord> candidates) {
        Map<CheckedRecord, Disposition> outcomes = new HashMap<>();
        Set<CheckedRecord> duplicates = new HashSet<>();
        List<CheckedRecord> countable =
                candidates.stream().filter(c -> c.ts() != null).toList();
        if (!countable.isEmpty()) {
            tables.countedAt(countable).forEach((n, counted) -> {
                CheckedRecord candidate = countable.get(n);
                if (counted.rawPartition() == partition && counted.rawOffset() == candidate.offset()) {
                    outcomes.put(candidate, counted.late() ? Disposition.LATE : Disposition.LIVE);
                } else {
                    duplicates.add(candidate);
                }
            });
        }
        List<CheckedRecord> open = open(candidates, outcomes);
        if (!open.isEmpty()) {
            mark(open, tables.rejectedOffsets(partition, offsets(open)), outcomes);
        }
        duplicates.forEach(candidate -> outcomes.putIfAbsent(candidate, Disposition.DUPLICATE));
        open = open(candidates, outcomes);
        if (!open.isEmpty()) {
            // The table may be behind its topic, and nothing tells by how much.
            Instant since = open.stream()
                    .map(CheckedRecord::receivedAt)
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            mark(
                    open,
                    RejectedOffsets.find(log, partition, new HashSet<>(offsets(open)), since.minus(SLACK)),
                    outcomes);
            markDuplicatesWithAnotherTs(open(candidates, outcomes), outcomes);
        }
        return candidates.stream()
                .map(candidate -> outcomes.getOrDefault(candidate, Disposition.MISSING))
                .toList();
    }

    private static void mark(List<CheckedRecord> open, Set<Long> rejected, Map<CheckedRecord, Disposition> outcomes) {
        open.stream()
                .filter(candidate -> rejected.contains(candidate.offset()))
                .forEach(candidate -> outcomes.put(candidate, Disposition.REJECTED));
    }

    /**
     * A ts that the gateway put in differs between retries. The first sighting is remembered until its ts is passed by
     * the horizon, so only rows of that time can have made the record a duplicate.
     */
    private void markDuplicatesWithAnotherTs(List<CheckedRecord> open, Map<CheckedRecord, Disposition> outcomes) {
        Map<String, List<CheckedRecord>> byOrg = new TreeMap<>();
        open.stream()
                .filter(candidate -> candidate.ts() != null)
                .forEach(candidate -> byOrg.computeIfAbsent(candidate.orgId(), org -> new ArrayList<>())
                        .add(candidate));
        byOrg.forEach((org, candidates) -> {
            Instant from = candidates.stream()
                    .map(Classification::earliest)
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            Instant to = candidates.stream()
                    .map(Classification::latest)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            tables.countedBetween(org, from, to, candidates).forEach((n, moments) -> {
                CheckedRecord candidate = candidates.get(n);
                boolean remembered = moments.stream()
                        .anyMatch(ts -> !ts.isBefore(earliest(candidate)) && !ts.isAfter(latest(candidate)));
                if (remembered) {
                    outcomes.put(candidate, Disposition.DUPLICATE);
                }
            });
        });
    }

    private static Instant earliest(CheckedRecord candidate) {
        return candidate.receivedAt().minus(Limits.HORIZON).minus(Limits.GRACE).minus(SLACK);
    }

    private static Instant latest(CheckedRecord candidate) {
        return candidate.receivedAt().plus(Limits.MAX_AHEAD).plus(SLACK);
    }

    private static List<CheckedRecord> open(List<CheckedRecord> candidates, Map<CheckedRecord, Disposition> outcomes) {
        return candidates.stream()
                .filter(candidate -> !outcomes.containsKey(candidate))
                .toList();
    }

    private static List<Long> offsets(List<CheckedRecord> candidates) {
        return candidates.stream().map(CheckedRecord::offset).toList();
    }
}
