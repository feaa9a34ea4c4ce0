package io.ecomind.api.restatements;

import io.ecomind.api.http.KeysetCursor;
import io.ecomind.store.AdvisoryLock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** Reads and inserts an organisation's requests. Stateless; the caller brings the organisation's transaction. */
final class RestatementStore {
    private static final String COLUMNS =
            "id, from_date, to_date, kind, factor_set, reason, state, detail, requested_at, finished_at";

    private RestatementStore() {}

    static QueuedRestatement insert(Handle handle, String orgId, NewRestatement request) {
        return handle.createQuery("""
                        INSERT INTO restatements (org_id, from_date, to_date, kind, factor_set, reason)
                        VALUES (:org, :from, :to, :kind, :set, :reason)
                        RETURNING %s""".formatted(COLUMNS))
                .bind("org", orgId)
                .bind("from", request.from())
                .bind("to", request.to())
                .bind("kind", request.kind())
                .bind("set", request.factorSet())
                .bind("reason", request.reason())
                .map(ConstructorMapper.of(QueuedRestatement.class))
                .one();
    }

    /** Keeps others from counting and inserting until the transaction ends, so that two cannot pass one limit. */
    static void lockQueue(Handle handle, String orgId) {
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtext(:lock), hashtext(:org))")
                .bind("lock", AdvisoryLock.RESTATEMENTS.key())
                .bind("org", orgId)
                .mapToMap()
                .one();
    }

    /** How many are not done yet. */
    static long unfinished(Handle handle, String orgId) {
        return handle.createQuery("""
                        SELECT count(*) FROM restatements
                        WHERE org_id = :org AND state IN ('requested', 'running', 'waiting')""").bind("org", orgId).mapTo(Long.class).one();
    }

    static boolean hasFactorSet(Handle handle, String factorSet) {
        return handle.createQuery("SELECT EXISTS (SELECT FROM factor_sets WHERE id = :set)")
                .bind("set", factorSet)
                .mapTo(Boolean.class)
                .one();
    }

    static Optional<QueuedRestatement> find(Handle handle, String orgId, long id) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM restatements WHERE org_id = :org AND id = :id")
                .bind("org", orgId)
                .bind("id", id)
                .map(ConstructorMapper.of(QueuedRestatement.class))
                .findOne();
    }

    /** Newest first. */
    static List<QueuedRestatement> page(
            Handle handle, String orgId, @Nullable String state, @Nullable KeysetCursor after, int limit) {
        return handle.createQuery("""
                        SELECT %s FROM restatements
                        WHERE org_id = :org AND id < :after AND (CAST(:state AS text) IS NULL OR state = :state)
                        ORDER BY id DESC
                        LIMIT :limit""".formatted(COLUMNS))
                .bind("org", orgId)
                .bind("after", after == null ? Long.MAX_VALUE : after.part(0))
                .bind("state", state)
                .bind("limit", limit)
                .map(ConstructorMapper.of(QueuedRestatement.class))
                .list();
    }
}
