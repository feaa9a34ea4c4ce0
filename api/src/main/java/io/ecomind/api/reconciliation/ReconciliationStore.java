package io.ecomind.api.reconciliation;

import io.ecomind.api.http.KeysetCursor;
import java.time.LocalDate;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** Reads an organisation's missing events and disputed days. Stateless; the caller brings the organisation's transaction. */
final class ReconciliationStore {
    private ReconciliationStore() {}

    static ReconciliationReport.MissingCounts counts(Handle handle, String orgId, @Nullable String onlyUserId) {
        return handle.createQuery("""
                        SELECT count(*) FILTER (WHERE resolved_at IS NULL) AS missing,
                               count(resolved_at) AS resolved
                        FROM reconciliation_missing
                        WHERE org_id = :org AND (CAST(:user AS text) IS NULL OR user_id = :user)""")
                .bind("org", orgId)
                .bind("user", onlyUserId)
                .map(ConstructorMapper.of(ReconciliationReport.MissingCounts.class))
                .one();
    }

    /** In the order of partition and offset. */
    static List<MissingEvent> page(
            Handle handle, String orgId, @Nullable String onlyUserId, @Nullable KeysetCursor after, int limit) {
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
                .bind("partition", after == null ? -1 : after.part(0))
                .bind("offset", after == null ? -1 : after.part(1))
                .bind("limit", limit)
                .map(ConstructorMapper.of(MissingEvent.class))
                .list();
    }

    /** Days whose two entries differ, the first ones. */
    static List<LocalDate> disputedDays(Handle handle, String orgId, int limit) {
        return handle.createQuery(
                        "SELECT date FROM day_states WHERE org_id = :org AND state = 'disputed' ORDER BY date LIMIT :limit")
                .bind("org", orgId)
                .bind("limit", limit)
                .mapTo(LocalDate.class)
                .list();
    }

    static ReconciliationReport.CheckedThrough status(Handle handle, int partitions) {
        return handle.createQuery("SELECT checked_at, reconciled_through FROM reconciliation_status(:partitions)")
                .bind("partitions", partitions)
                .map(ConstructorMapper.of(ReconciliationReport.CheckedThrough.class))
                .one();
    }
}
