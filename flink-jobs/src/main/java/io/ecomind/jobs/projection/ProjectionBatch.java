package io.ecomind.jobs.projection;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.runtime.CopyText;
import io.ecomind.jobs.totals.TotalScope;
import io.ecomind.store.SqlStates;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The one transaction per micro-batch: new event rows, what they add to the daily tables, and how far the topic is
 * read. Either all of it is in the database or nothing, so totals are the sum of rows by construction and a batch that
 * comes again adds nothing. Not thread-safe.
 *
 * <p>Duplicates are rare behind the enrichment, so rows are first copied straight into the event table. Only after a
 * unique violation does the transaction roll back to its savepoint and copy into a staging table instead, from which it
 * inserts the rows that are new.
 */
final class ProjectionBatch {
    private final List<EnrichedEvent> events = new ArrayList<>();
    /** The ledger entry of each event, by the same index. */
    private final List<LedgerEntry> entries = new ArrayList<>();

    private final Map<Integer, TopicProgress> progress = new TreeMap<>();

    private static final LocalDate EARLIEST = LocalDate.of(1990, 1, 1);
    private static final LocalDate LATEST = LocalDate.of(2200, 1, 1);

    private record TopicProgress(long nextOffset, long receivedThroughMillis) {}

    private static final String LOCK_DAY = "SELECT state = 'sealed', needs_restatement, day_end, rating_version"
            + " FROM day_states WHERE org_id = ? AND date = ? ";

    private record OrgEpochDay(String orgId, int epochDay) implements Comparable<OrgEpochDay> {
        @Override
        public int compareTo(OrgEpochDay other) {
            int byOrg = orgId.compareTo(other.orgId);
            return byOrg != 0 ? byOrg : Integer.compare(epochDay, other.epochDay);
        }
    }

    private record LockedDay(boolean sealed, boolean marked, long endMillis, int ratingVersion) {}

    private record RawPosition(int partition, long offset) {}

    void add(LedgerEntry entry) {
        TopicProgress before = progress.getOrDefault(entry.partition(), new TopicProgress(0, LedgerEntry.NO_HEARTBEAT));
        progress.put(
                entry.partition(),
                new TopicProgress(
                        Math.max(before.nextOffset(), entry.offset() + 1),
                        Math.max(before.receivedThroughMillis(), entry.heartbeatMillis())));
        if (entry.event() != null) {
            events.add(entry.event());
            entries.add(entry);
        }
    }

    int size() {
        return events.size();
    }

    /** The two halves of the events in their order; the offsets are in the second, which is committed last. */
    List<ProjectionBatch> bisect() {
        var first = new ProjectionBatch();
        var second = withoutEvents();
        int middle = entries.size() / 2;
        entries.subList(0, middle).forEach(first::add);
        entries.subList(middle, entries.size()).forEach(second::add);
        return List.of(first, second);
    }

    /** The offsets without the events: commits that the records have been read. */
    ProjectionBatch withoutEvents() {
        var rest = new ProjectionBatch();
        rest.progress.putAll(progress);
        return rest;
    }

    /** The event of a batch of one. */
    EnrichedEvent onlyEvent() {
        if (events.size() != 1) {
            throw new IllegalStateException("the batch has " + events.size() + " events");
        }
        return events.get(0);
    }

    boolean isEmpty() {
        return progress.isEmpty();
    }

    /**
     * Every moment has a partition, so it is here that a moment which cannot be is noticed.
     *
     * @throws DateTimeException when an event's ts or local date is out of bounds
     */
    private void checkDates() {
        for (EnrichedEvent enriched : events) {
            long seconds = Math.floorDiv(enriched.getEvent().getTsMicros(), 1_000_000L);
            requireStorable("ts", LocalDate.ofInstant(Instant.ofEpochSecond(seconds), ZoneOffset.UTC));
            requireStorable("local date", LocalDate.ofEpochDay(enriched.getLocalEpochDay()));
        }
    }

    private static void requireStorable(String field, LocalDate date) {
        if (date.isBefore(EARLIEST) || date.isAfter(LATEST)) {
            throw new DateTimeException(field + " must be " + EARLIEST + ".." + LATEST + ", was " + date);
        }
    }

    /**
     * Writes the batch and commits. The connection must not be in auto-commit mode. Returns the totals that have changed,
     * as this transaction left them.
     */
    List<UsageTotal> commit(Connection connection) throws SQLException, IOException {
        return commit(connection, null);
    }

    /**
     * The same.
     *
     * @param rebuild whose count of rows goes up by those that are new; null in the live job
     */
    List<UsageTotal> commit(Connection connection, @Nullable Long rebuild) throws SQLException, IOException {
        int added = 0;
        List<UsageTotal.Builder> changed = List.of();
        Map<OrgEpochDay, LockedDay> days = Map.of();
        if (!events.isEmpty()) {
            checkDates();
            days = lockDays(connection);
            Set<OrgEpochDay> sealed = sealed(days);
            List<EnrichedEvent> inserted = insertRows(connection, sealed);
            added = inserted.size();
            var totals = new DailyTotals();
            var marked = new TreeSet<OrgEpochDay>();
            for (EnrichedEvent enriched : inserted) {
                OrgEpochDay day = orgDay(enriched);
                if (sealed.contains(day)) {
                    marked.add(day);
                } else {
                    totals.add(enriched);
                }
            }
            // The lock on day_states that lockDays took prevents a concurrent restatement from clearing
            // needs_restatement
            // before this commit.
            Map<OrgEpochDay, LockedDay> locked = days;
            marked.removeIf(day -> Objects.requireNonNull(locked.get(day)).marked());
            markForRestatement(connection, marked);
            changed = totals.write(connection);
        }
        storeProgress(connection);
        List<UsageTotal> complete = complete(connection, changed, days);
        if (rebuild != null) {
            count(connection, rebuild, added);
        }
        connection.commit();
        return complete;
    }

    /**
     * Reads received_through after the rows are locked. Another writer's part of a row is then either in the row, or that
     * writer waits for this transaction and has not committed its offsets.
     */
    private static List<UsageTotal> complete(
            Connection connection, List<UsageTotal.Builder> changed, Map<OrgEpochDay, LockedDay> days)
            throws SQLException {
        if (changed.isEmpty()) {
            return List.of();
        }
        Long through = TotalScope.receivedThroughMicros(connection);
        List<UsageTotal> complete = new ArrayList<>(changed.size());
        for (UsageTotal.Builder total : changed) {
            LockedDay day =
                    Objects.requireNonNull(days.get(new OrgEpochDay(total.getOrgId(), total.getLocalEpochDay())));
            total.setDayEndMillis(day.endMillis()).setRatingVersion(day.ratingVersion());
            if (through != null) {
                total.setReceivedThroughMicros(through);
            }
            complete.add(total.build());
        }
        return complete;
    }

    private static Set<OrgEpochDay> sealed(Map<OrgEpochDay, LockedDay> days) {
        var sealed = new HashSet<OrgEpochDay>();
        days.forEach((orgDay, day) -> {
            if (day.sealed()) {
                sealed.add(orgDay);
            }
        });
        return sealed;
    }

    /** Creates missing rows of day_states, locks those of the batch against sealing, and returns their state. */
    private Map<OrgEpochDay, LockedDay> lockDays(Connection connection) throws SQLException {
        var ends = new TreeMap<OrgEpochDay, Long>();
        events.forEach(enriched -> ends.put(orgDay(enriched), enriched.getDayEndMillis()));
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO day_states (org_id, date, day_end) VALUES (?, ?, ?)
                ON CONFLICT (org_id, date) DO NOTHING""")) {
            for (var day : ends.entrySet()) {
                insert.setString(1, day.getKey().orgId());
                insert.setObject(2, LocalDate.ofEpochDay(day.getKey().epochDay()));
                insert.setTimestamp(3, new Timestamp(day.getValue()));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        Set<OrgEpochDay> toMark = unmarked(connection, ends.keySet());
        var days = new HashMap<OrgEpochDay, LockedDay>();
        try (PreparedStatement share = connection.prepareStatement(LOCK_DAY + "FOR SHARE");
                PreparedStatement update = connection.prepareStatement(LOCK_DAY + "FOR NO KEY UPDATE")) {
            for (OrgEpochDay day : ends.keySet()) {
                PreparedStatement lock = toMark.contains(day) ? update : share;
                lock.setString(1, day.orgId());
                lock.setObject(2, LocalDate.ofEpochDay(day.epochDay()));
                try (ResultSet row = lock.executeQuery()) {
                    if (!row.next()) {
                        throw new IllegalStateException("day_states has no row for " + day);
                    }
                    days.put(
                            day,
                            new LockedDay(
                                    row.getBoolean(1),
                                    row.getBoolean(2),
                                    row.getTimestamp(3).getTime(),
                                    row.getInt(4)));
                }
            }
        }
        return days;
    }

    /**
     * Sealed days that this batch will mark. Two writers that shared the lock of such a day and then both updated it
     * would deadlock, so it is locked for the update at once. A day that is sealed after this query is locked in share
     * mode; at worst PostgreSQL then ends a deadlock with an error, which is tried again.
     */
    private static Set<OrgEpochDay> unmarked(Connection connection, Set<OrgEpochDay> days) throws SQLException {
        var found = new HashSet<OrgEpochDay>();
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT d.org_id, d.date - DATE '1970-01-01'
                FROM unnest(?::text[], ?::integer[]) AS wanted(org_id, day)
                JOIN day_states AS d ON d.org_id = wanted.org_id AND d.date = DATE '1970-01-01' + wanted.day
                WHERE d.state = 'sealed' AND NOT d.needs_restatement""")) {
            query.setArray(
                    1,
                    connection.createArrayOf(
                            "text", days.stream().map(OrgEpochDay::orgId).toArray()));
            query.setArray(
                    2,
                    connection.createArrayOf(
                            "integer", days.stream().map(OrgEpochDay::epochDay).toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    found.add(new OrgEpochDay(row.getString(1), row.getInt(2)));
                }
            }
        }
        return found;
    }

    private List<EnrichedEvent> insertRows(Connection connection, Set<OrgEpochDay> sealed)
            throws SQLException, IOException {
        var copy = new EventRowCopy(events.size());
        for (EnrichedEvent enriched : events) {
            copy.add(enriched, sealed.contains(orgDay(enriched)) ? 0 : 1);
        }
        byte[] rows = copy.toBytes();
        Savepoint before = connection.setSavepoint();
        try {
            CopyText.copyInto(connection, "events_enriched (" + EventRowCopy.COLUMNS + ")", rows);
            connection.releaseSavepoint(before);
            return events;
        } catch (SQLException e) {
            if (!SqlStates.isUniqueViolation(e)) {
                throw e;
            }
            connection.rollback(before);
            return insertStaged(connection, rows);
        }
    }

    private List<EnrichedEvent> insertStaged(Connection connection, byte[] rows) throws SQLException, IOException {
        var fresh = new HashSet<RawPosition>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE IF NOT EXISTS stage (LIKE events_enriched) ON COMMIT DELETE ROWS");
            CopyText.copyInto(connection, "stage (" + EventRowCopy.COLUMNS + ")", rows);
            // The first offset of an identity is the one that counts, also among the rows of one batch.
            try (ResultSet row = statement.executeQuery("INSERT INTO events_enriched (" + EventRowCopy.COLUMNS
                    + ") SELECT " + EventRowCopy.COLUMNS
                    + " FROM stage ORDER BY raw_partition, raw_offset"
                    + " ON CONFLICT DO NOTHING RETURNING raw_partition, raw_offset")) {
                while (row.next()) {
                    fresh.add(new RawPosition(row.getInt(1), row.getLong(2)));
                }
            }
        }
        List<EnrichedEvent> inserted = new ArrayList<>();
        for (EnrichedEvent enriched : events) {
            if (fresh.remove(new RawPosition(enriched.getRawPartition(), enriched.getRawOffset()))) {
                inserted.add(enriched);
            }
        }
        return inserted;
    }

    private static void markForRestatement(Connection connection, Set<OrgEpochDay> days) throws SQLException {
        if (days.isEmpty()) {
            return;
        }
        try (PreparedStatement mark = connection.prepareStatement(
                "UPDATE day_states SET needs_restatement = true, changed_at = now() WHERE org_id = ? AND date = ?")) {
            for (OrgEpochDay day : days) {
                mark.setString(1, day.orgId());
                mark.setObject(2, LocalDate.ofEpochDay(day.epochDay()));
                mark.addBatch();
            }
            mark.executeBatch();
        }
    }

    private void storeProgress(Connection connection) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO projection_offsets AS p (partition, next_offset, received_through, updated_at)
                VALUES (?, ?, ?, now())
                ON CONFLICT (partition) DO UPDATE SET
                    next_offset = greatest(p.next_offset, EXCLUDED.next_offset),
                    received_through = greatest(p.received_through, EXCLUDED.received_through),
                    updated_at = now()""")) {
            for (var partition : progress.entrySet()) {
                long through = partition.getValue().receivedThroughMillis();
                upsert.setInt(1, partition.getKey());
                upsert.setLong(2, partition.getValue().nextOffset());
                if (through == LedgerEntry.NO_HEARTBEAT) {
                    upsert.setNull(3, Types.TIMESTAMP_WITH_TIMEZONE);
                } else {
                    upsert.setTimestamp(3, new Timestamp(through));
                }
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    /** The last statement, because every writer of the rebuild updates this row: it stays locked for the commit only. */
    private void count(Connection connection, long rebuild, int added) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE rebuilds SET events_read = events_read + ?, rows_added = rows_added + ? WHERE id = ?")) {
            update.setInt(1, events.size());
            update.setInt(2, added);
            update.setLong(3, rebuild);
            update.executeUpdate();
        }
    }

    private static OrgEpochDay orgDay(EnrichedEvent enriched) {
        return new OrgEpochDay(enriched.getEvent().getOrgId(), enriched.getLocalEpochDay());
    }
}
