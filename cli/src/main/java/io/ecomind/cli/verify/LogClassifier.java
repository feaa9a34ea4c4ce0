package io.ecomind.cli.verify;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Says of each record of events.raw what became of it, from the three topics alone. Not thread-safe.
 *
 * <p>Feed it all of events.rejected, then events.enriched in the order of (partition, offset), then events.raw. Of a
 * record of events.raw exactly one is true: it is a heartbeat; the ledger's record came from it (live or late); a job
 * rejected it; its id is in the ledger under another offset (duplicate); or it is missing. What the projection refused
 * stands in events.enriched and yet not in the ledger: it is rejected, and copies of it are duplicates.
 */
final class LogClassifier {
    /** Stands in the place of a code for rejections that are only counted. */
    private static final String NOT_KEPT = "(not listed)";

    private final Selection selection;
    private final Map<Integer, OffsetRange> rawRanges;
    private final IdentityTable identities = new IdentityTable();
    private final OffsetSet ledger;
    private final OffsetSet selected;
    private final OffsetSet late;
    private final OffsetSet rejected;
    private final OffsetSet refusedByTables;
    private final IdentityTable refusedIdentities = new IdentityTable();
    private final List<DayKey> dayKeys = new ArrayList<>();
    private final Map<DayKey, Integer> dayIndexes = new HashMap<>();
    private final Map<DayKey, DayCounts> days = new TreeMap<>();
    private final Map<String, Long> refusedByGateway = new TreeMap<>();
    private final Map<String, String> refusalExamples = new TreeMap<>();
    private final Map<String, Long> refusedGroups = new HashMap<>();
    private final Findings findings = new Findings();
    private long heartbeats;
    private long missing;
    private final OffsetSet missingOffsets;
    private long matchedLedgerRecords;

    /** @param rawRanges what is looked at of events.raw, by partition */
    LogClassifier(Selection selection, Map<Integer, OffsetRange> rawRanges) {
        this.selection = selection;
        this.rawRanges = Map.copyOf(rawRanges);
        this.ledger = new OffsetSet(rawRanges);
        this.selected = new OffsetSet(rawRanges);
        this.late = new OffsetSet(rawRanges);
        this.rejected = new OffsetSet(rawRanges);
        this.refusedByTables = new OffsetSet(rawRanges);
        this.missingOffsets = new OffsetSet(rawRanges);
    }

    void enriched(int partition, long offset, byte[] value) {
        EnrichedRecord record;
        try {
            record = EnrichedRecord.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            findings.add("unreadable records in events.enriched", partition + ":" + offset);
            return;
        }
        EnrichedEvent event = record.getEvent();
        // What was written while the check runs is none of its business; nor is what has left events.raw.
        if (!record.hasEvent()
                || !selection.hasOrg(event.getEvent().getOrgId())
                || !ledger.covers(event.getRawPartition(), event.getRawOffset())) {
            return;
        }
        var key = new DayKey(event.getEvent().getOrgId(), LocalDate.ofEpochDay(event.getLocalEpochDay()));
        if (refusedByTables.contains(event.getRawPartition(), event.getRawOffset())) {
            refusedIdentities.add(event.getEvent(), indexOf(key));
            return;
        }
        if (!identities.add(event.getEvent(), indexOf(key))) {
            // The first offset of an identity wins; what follows is a repeat and counts for nothing.
            return;
        }
        if (!ledger.add(event.getRawPartition(), event.getRawOffset())) {
            findings.add(
                    "records of events.raw that stand for two events of the ledger",
                    event.getRawPartition() + ":" + event.getRawOffset());
            return;
        }
        if (event.getLate()) {
            late.add(event.getRawPartition(), event.getRawOffset());
        }
        if (selection.hasDate(key.date())) {
            selected.add(event.getRawPartition(), event.getRawOffset());
            countsOf(key).addLedgerRecord(event);
        }
    }

    void rejected(int partition, long offset, byte[] value) {
        Rejection rejection;
        try {
            rejection = Rejection.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            findings.add("unreadable records in events.rejected", partition + ":" + offset);
            return;
        }
        if (rejection.getOrigin().equals("gateway")) {
            if (selection.hasOrg(rejection.getOrgId())) {
                refusedByGateway(rejection);
            }
        } else if (rejection.hasRawOffset() && rejected.covers(rejection.getRawPartition(), rejection.getRawOffset())) {
            rejected.add(rejection.getRawPartition(), rejection.getRawOffset());
            if (rejection.getOrigin().equals("projection")) {
                refusedByTables.add(rejection.getRawPartition(), rejection.getRawOffset());
            }
        }
    }

    /** The record that ends a group of equal rejections says how many there were, with the first. */
    private void refusedByGateway(Rejection rejection) {
        String code = rejection.getSummary() ? NOT_KEPT : rejection.getCode();
        long count = Math.max(1, rejection.getOccurrences());
        if (!rejection.getGroupId().isEmpty()) {
            long before = refusedGroups.getOrDefault(rejection.getGroupId(), 0L);
            refusedGroups.put(rejection.getGroupId(), Math.max(before, count));
            count = Math.max(0, count - before);
        }
        refusedByGateway.merge(code, count, Long::sum);
        refusalExamples.putIfAbsent(
                code, rejection.getSummary() ? "over the plan's limit of kept rejections" : rejection.getMessage());
    }

    void raw(int partition, long offset, byte[] value) {
        RawRecord record;
        try {
            record = RawRecord.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            undecodable(partition, offset);
            return;
        }
        if (record.hasHeartbeat()) {
            heartbeats++;
        } else if (record.hasEvent()) {
            if (selection.hasOrg(record.getEvent().getOrgId())) {
                event(partition, offset, record.getEvent());
            }
        } else {
            undecodable(partition, offset);
        }
    }

    private void event(int partition, long offset, UsageEvent event) {
        int counted = identities.dayOf(event);
        int day = counted == IdentityTable.ABSENT ? refusedIdentities.dayOf(event) : counted;
        if (ledger.contains(partition, offset)) {
            matchedLedgerRecords++;
            if (rejected.contains(partition, offset)) {
                findings.add("records of events.raw that were both counted and rejected", partition + ":" + offset);
            }
            DayKey key = dayKeys.get(day);
            if (!selection.hasDate(key.date())) {
                return;
            }
            if (late.contains(partition, offset)) {
                countsOf(key).addLate();
            } else {
                countsOf(key).addLive();
            }
        } else if (rejected.contains(partition, offset)) {
            DayKey key = day == IdentityTable.ABSENT ? ownDay(event) : dayKeys.get(day);
            if (selection.hasDate(key.date())) {
                countsOf(key).addRejected();
            }
        } else if (day != IdentityTable.ABSENT) {
            DayKey key = dayKeys.get(day);
            if (selection.hasDate(key.date())) {
                countsOf(key).addDuplicate();
            }
        } else {
            missing(partition, offset);
            findings.add(
                    "MISSING: records of events.raw that are neither counted nor listed as rejected",
                    partition + ":" + offset + " (org " + event.getOrgId() + ", id " + event.getId() + ")");
        }
    }

    private void undecodable(int partition, long offset) {
        if (selection.orgId() != null) {
            return;
        }
        if (rejected.contains(partition, offset)) {
            var key = new DayKey("", null);
            if (selection.hasDate(null)) {
                countsOf(key).addRejected();
            }
        } else {
            missing(partition, offset);
            findings.add(
                    "MISSING: records of events.raw that are neither counted nor listed as rejected",
                    partition + ":" + offset + " (cannot be decoded)");
        }
    }

    private void missing(int partition, long offset) {
        missing++;
        missingOffsets.add(partition, offset);
    }

    /** Called when all three topics have been read. */
    void finish() {
        if (matchedLedgerRecords != ledger.size()) {
            findings.add(
                    "records of events.enriched without an event in events.raw",
                    ledger.size() + " in the ledger, " + matchedLedgerRecords + " found in events.raw");
        }
    }

    /** What is off, here and in later steps. */
    Findings findings() {
        return findings;
    }

    /** Offsets of the ledger's records on the selected dates: each must have exactly one row. */
    OffsetSet selectedLedger() {
        return selected;
    }

    Map<Integer, OffsetRange> rawRanges() {
        return rawRanges;
    }

    Map<DayKey, DayCounts> days() {
        return days;
    }

    long heartbeats() {
        return heartbeats;
    }

    long missing() {
        return missing;
    }

    /** Records that are neither counted, repeated nor rejected. */
    OffsetSet missingOffsets() {
        return missingOffsets;
    }

    Map<String, Long> refusedByGateway() {
        return refusedByGateway;
    }

    Map<String, String> refusalExamples() {
        return refusalExamples;
    }

    private DayCounts countsOf(DayKey key) {
        return days.computeIfAbsent(key, k -> new DayCounts());
    }

    private int indexOf(DayKey key) {
        return dayIndexes.computeIfAbsent(key, k -> {
            dayKeys.add(k);
            return dayKeys.size() - 1;
        });
    }

    /** In UTC: what was rejected need not have an organisation that is known. */
    private static DayKey ownDay(UsageEvent event) {
        Instant ts = Instant.EPOCH.plus(event.getTsMicros(), ChronoUnit.MICROS);
        return new DayKey(event.getOrgId(), LocalDate.ofInstant(ts, ZoneOffset.UTC));
    }
}
