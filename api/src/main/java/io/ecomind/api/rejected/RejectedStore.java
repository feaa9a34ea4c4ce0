package io.ecomind.api.rejected;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Questions about rejected events. Stateless; the caller brings the organisation's transaction. */
final class RejectedStore {
    private RejectedStore() {}

    /**
     * What to look for.
     *
     * @param end exclusive
     * @param onlyUserId null for everybody's
     */
    record Filter(
            Instant start,
            Instant end,
            @Nullable String code,
            @Nullable String origin,
            @Nullable String onlyUserId) {}

    /** Newest first. */
    static List<Rejected> page(Handle handle, String orgId, Filter filter, Cursor after, int limit) {
        return handle.createQuery("""
                        SELECT rejected_at, rejected_partition, rejected_offset, origin, code, field, message, source,
                               event_id, user_id, item_index, raw_partition, raw_offset, payload, payload_truncated
                        FROM events_rejected
                        WHERE org_id = :org
                          AND rejected_at >= :start AND rejected_at < :end
                          AND (CAST(:code AS text) IS NULL OR code = :code)
                          AND (CAST(:origin AS text) IS NULL OR origin = :origin)
                          AND (CAST(:user AS text) IS NULL OR user_id = :user)
                          AND rejected_at <= :afterAt
                          AND (rejected_at < :afterAt
                               OR (rejected_partition, rejected_offset) > (:afterPartition, :afterOffset))
                        ORDER BY rejected_at DESC, rejected_partition, rejected_offset
                        LIMIT :limit""")
                .bind("org", orgId)
                .bind("start", utc(filter.start()))
                .bind("end", utc(filter.end()))
                .bind("code", filter.code())
                .bind("origin", filter.origin())
                .bind("user", filter.onlyUserId())
                .bind("afterAt", utc(after.rejectedAt()))
                .bind("afterPartition", after.partition())
                .bind("afterOffset", after.offset())
                .bind("limit", limit)
                .map((row, ctx) -> Rejected.fromRow(row))
                .list();
    }

    /** How many there are of each code in the range, whatever code and origin are filtered for. */
    static Map<String, Long> counts(Handle handle, String orgId, Filter filter) {
        Map<String, Long> counts = new LinkedHashMap<>();
        handle.createQuery("""
                        SELECT code, count(*) AS events
                        FROM events_rejected
                        WHERE org_id = :org
                          AND rejected_at >= :start AND rejected_at < :end
                          AND (CAST(:user AS text) IS NULL OR user_id = :user)
                        GROUP BY code
                        ORDER BY code COLLATE "C"
                        """)
                .bind("org", orgId)
                .bind("start", utc(filter.start()))
                .bind("end", utc(filter.end()))
                .bind("user", filter.onlyUserId())
                .map((row, ctx) -> Map.entry(row.getString("code"), row.getLong("events")))
                .forEach(count -> counts.put(count.getKey(), count.getValue()));
        return counts;
    }

    private static OffsetDateTime utc(Instant moment) {
        return moment.atOffset(ZoneOffset.UTC);
    }
}
