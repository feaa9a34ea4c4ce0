package io.ecomind.api.rejected;

import io.ecomind.api.http.KeysetCursor;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.result.ResultIterator;
import org.jspecify.annotations.Nullable;

/** Reads events_rejected. Stateless; the caller brings the organisation's transaction. */
final class RejectedStore {
    private static final int FETCHED_ROWS = 32;

    private RejectedStore() {}

    /**
     * What to look for.
     *
     * @param end exclusive
     * @param onlyUserId null for everybody's
     */
    record RejectedFilter(
            Instant start,
            Instant end,
            @Nullable String code,
            @Nullable String origin,
            @Nullable String onlyUserId) {}

    /** Newest first. Rows come from the database a few at a time, since each may have a payload of 16 KiB. */
    static ResultIterator<RejectedRow> page(
            Handle handle, String orgId, RejectedFilter filter, @Nullable KeysetCursor after, int limit) {
        return handle.createQuery("""
                        SELECT rejected_at, rejected_partition, rejected_offset, origin, code, field, message, source,
                               event_id, user_id, item_index, raw_partition, raw_offset, payload, payload_truncated,
                               occurrences, coalesce(last_at, rejected_at) AS last_at
                        FROM events_rejected
                        WHERE org_id = :org AND NOT is_summary
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
                .bind("start", filter.start())
                .bind("end", filter.end())
                .bind("code", filter.code())
                .bind("origin", filter.origin())
                .bind("user", filter.onlyUserId())
                .bind("afterAt", after == null ? filter.end() : Instant.EPOCH.plus(after.part(0), ChronoUnit.MICROS))
                .bind("afterPartition", after == null ? Integer.MAX_VALUE : after.part(1))
                .bind("afterOffset", after == null ? Long.MAX_VALUE : after.part(2))
                .bind("limit", limit)
                .setFetchSize(FETCHED_ROWS)
                .map(ConstructorMapper.of(RejectedRow.class))
                .iterator();
    }

    /** How many rejections of each code meet the filter. */
    static List<RejectedEvents.CodeCount> counts(Handle handle, String orgId, RejectedFilter filter) {
        return handle.createQuery("""
                        SELECT code, sum(occurrences)::bigint AS events
                        FROM events_rejected
                        WHERE org_id = :org AND NOT is_summary
                          AND rejected_at >= :start AND rejected_at < :end
                          AND (CAST(:code AS text) IS NULL OR code = :code)
                          AND (CAST(:origin AS text) IS NULL OR origin = :origin)
                          AND (CAST(:user AS text) IS NULL OR user_id = :user)
                        GROUP BY code
                        ORDER BY code COLLATE "C"
                        """)
                .bind("org", orgId)
                .bind("start", filter.start())
                .bind("end", filter.end())
                .bind("code", filter.code())
                .bind("origin", filter.origin())
                .bind("user", filter.onlyUserId())
                .map(ConstructorMapper.of(RejectedEvents.CodeCount.class))
                .list();
    }

    /** How many rejections of these days exceeded the limit of the plan, of whatever code: they have no row. */
    static long notKept(Handle handle, String orgId, RejectedFilter filter) {
        return handle.createQuery("""
                        SELECT coalesce(sum(occurrences), 0)::bigint
                        FROM events_rejected
                        WHERE org_id = :org AND is_summary
                          AND rejected_at >= :start AND rejected_at < :end
                          AND (CAST(:origin AS text) IS NULL OR origin = :origin)
                          AND (CAST(:user AS text) IS NULL OR user_id = :user)
                        """)
                .bind("org", orgId)
                .bind("start", filter.start())
                .bind("end", filter.end())
                .bind("origin", filter.origin())
                .bind("user", filter.onlyUserId())
                .mapTo(Long.class)
                .one();
    }
}
