package io.ecomind.api.restatements;

import io.ecomind.store.AdvisoryLock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The requests of an organisation. Stateless; the caller brings the organisation's transaction. */
final class RestatementStore {
    private static final String COLUMNS =
            "id, from_date, to_date, kind, factor_set, reason, state, detail, requested_at, finished_at";

    private RestatementStore() {}

    static RestatementView insert(Handle handle, String orgId, Requested wish) {
        return handle.createQuery("""
                        INSERT INTO restatements (org_id, from_date, to_date, kind, factor_set, reason)
                        VALUES (:org, :from, :to, :kind, :set, :reason)
                        RETURNING %s""".formatted(COLUMNS))
                .bind("org", orgId)
                .bind("from", wish.from())
                .bind("to", wish.to())
                .bind("kind", wish.kind())
                .bind("set", wish.factorSet())
                .bind("reason", wish.reason())
                .map((row, ctx) -> RestatementView.fromRow(row))
                .one();
    }

    /** How many are not done yet. Until the transaction ends nobody else counts, so that two cannot pass one limit. */
    static long unfinished(Handle handle, String orgId) {
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtext(:lock), hashtext(:org))")
                .bind("lock", AdvisoryLock.RESTATEMENTS.key())
                .bind("org", orgId)
                .mapToMap()
                .one();
        return handle.createQuery("""
                        SELECT count(*) FROM restatements
                        WHERE org_id = :org AND state IN ('requested', 'running', 'waiting')""").bind("org", orgId).mapTo(Long.class).one();
    }

    static boolean hasSet(Handle handle, String factorSet) {
        return handle.createQuery("SELECT EXISTS (SELECT FROM factor_sets WHERE id = :set)")
                .bind("set", factorSet)
                .mapTo(Boolean.class)
                .one();
    }

    static Optional<RestatementView> find(Handle handle, String orgId, long id) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM restatements WHERE org_id = :org AND id = :id")
                .bind("org", orgId)
                .bind("id", id)
                .map((row, ctx) -> RestatementView.fromRow(row))
                .findOne();
    }

    /** Newest first. */
    static List<RestatementView> page(Handle handle, String orgId, @Nullable String state, Place after, int limit) {
        return handle.createQuery("""
                        SELECT %s FROM restatements
                        WHERE org_id = :org AND id < :after AND (CAST(:state AS text) IS NULL OR state = :state)
                        ORDER BY id DESC
                        LIMIT :limit""".formatted(COLUMNS))
                .bind("org", orgId)
                .bind("after", after.first())
                .bind("state", state)
                .bind("limit", limit)
                .map((row, ctx) -> RestatementView.fromRow(row))
                .list();
    }
}
