package io.ecomind.api.reconciliation;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Questions of one organisation about its missing events. Stateless; the caller brings the organisation's transaction. */
final class ReconciliationStore {
    private ReconciliationStore() {}

    /** An event that was missing when it was checked. {@code resolvedAt} is null while it still is. */
    record Missing(
            Place place,
            String source,
            String eventId,
            String userId,
            @Nullable Instant ts,
            @Nullable Instant receivedAt,
            Instant foundAt,
            @Nullable Instant resolvedAt) {}

    record Counts(long missing, long resolved) {}

    record Standing(@Nullable Instant checkedAt, @Nullable Instant reconciledThrough) {}

    static Counts counts(Handle handle, String orgId, @Nullable String onlyUserId) {
        return handle.createQuery("""
                        SELECT count(*) FILTER (WHERE resolved_at IS NULL) AS missing,
                               count(resolved_at) AS resolved
                        FROM reconciliation_missing
                        WHERE org_id = :org AND (CAST(:user AS text) IS NULL OR user_id = :user)""")
                .bind("org", orgId)
                .bind("user", onlyUserId)
                .map((row, ctx) -> new Counts(row.getLong("missing"), row.getLong("resolved")))
                .one();
    }

    /** In the order of their places. */
    static List<Missing> page(Handle handle, String orgId, @Nullable String onlyUserId, Place after, int limit) {
        return handle.createQuery("""
                        SELECT raw_partition, raw_offset, source, event_id, user_id, ts, received_at, found_at,
                               resolved_at
                        FROM reconciliation_missing
                        WHERE org_id = :org AND (CAST(:user AS text) IS NULL OR user_id = :user)
                          AND (raw_partition, raw_offset) > (:partition, :offset)
                        ORDER BY raw_partition, raw_offset
                        LIMIT :limit""")
                .bind("org", orgId)
                .bind("user", onlyUserId)
                .bind("partition", after.partition())
                .bind("offset", after.offset())
                .bind("limit", limit)
                .map((row, ctx) -> new Missing(
                        new Place(row.getInt("raw_partition"), row.getLong("raw_offset")),
                        row.getString("source"),
                        row.getString("event_id"),
                        row.getString("user_id"),
                        instant(row.getObject("ts", OffsetDateTime.class)),
                        instant(row.getObject("received_at", OffsetDateTime.class)),
                        row.getObject("found_at", OffsetDateTime.class).toInstant(),
                        instant(row.getObject("resolved_at", OffsetDateTime.class))))
                .list();
    }

    /** Days whose two entries differ, the first ones. */
    static List<String> disputedDays(Handle handle, String orgId, int limit) {
        return handle.createQuery(
                        "SELECT date::text FROM day_states WHERE org_id = :org AND state = 'disputed' ORDER BY date LIMIT :limit")
                .bind("org", orgId)
                .bind("limit", limit)
                .mapTo(String.class)
                .list();
    }

    static Standing standing(Handle handle, int partitions) {
        return handle.createQuery("SELECT checked_at, reconciled_through FROM reconciliation_status(:partitions)")
                .bind("partitions", partitions)
                .map((row, ctx) -> new Standing(
                        instant(row.getObject("checked_at", OffsetDateTime.class)),
                        instant(row.getObject("reconciled_through", OffsetDateTime.class))))
                .one();
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime moment) {
        return moment == null ? null : moment.toInstant();
    }
}
