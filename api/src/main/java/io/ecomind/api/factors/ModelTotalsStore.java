package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.tenant.TenantContext;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** Reads what an organisation called, by provider and model. Stateless; the caller brings the organisation's transaction. */
final class ModelTotalsStore {
    private ModelTotalsStore() {}

    /** The pairs with the most tokens. */
    static List<ModelTotals> largest(Handle handle, TenantContext tenant, DateRange range, int limit) {
        return query(handle, tenant, range, limit, """
                ORDER BY tokens_in + tokens_out DESC, provider COLLATE "C", model COLLATE "C"
                LIMIT :limit""");
    }

    /** The pairs with the most tokens that no factor covers, without those that have none uncovered. */
    static List<ModelTotals> leastCovered(Handle handle, TenantContext tenant, DateRange range, int limit) {
        return query(handle, tenant, range, limit, """
                WHERE uncovered_count > 0
                ORDER BY uncovered_tokens_in + uncovered_tokens_out DESC, uncovered_count DESC,
                         provider COLLATE "C", model COLLATE "C"
                LIMIT :limit""");
    }

    /** The sums over all pairs. */
    static ModelTotals.AllModels all(Handle handle, TenantContext tenant, DateRange range) {
        return handle.createQuery("""
                        SELECT coalesce(sum(d.call_count), 0) AS call_count,
                               coalesce(sum(d.tokens_in), 0) AS tokens_in,
                               coalesce(sum(d.tokens_out), 0) AS tokens_out,
                               coalesce(sum(d.uncovered_count), 0) AS uncovered_count,
                               coalesce(sum(d.uncovered_tokens_in), 0) AS uncovered_tokens_in,
                               coalesce(sum(d.uncovered_tokens_out), 0) AS uncovered_tokens_out,
                               count(DISTINCT (d.provider, d.model)) AS pairs,
                               count(DISTINCT (d.provider, d.model)) FILTER (WHERE d.uncovered_count > 0)
                                   AS uncovered_pairs,
                               coalesce(bool_and(coalesce(s.state = 'sealed', false)), true) AS sealed
                        FROM %s d
                        LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
                        WHERE d.org_id = :org AND d.date BETWEEN :from AND :to
                          AND (CAST(:user AS text) IS NULL OR %s)""".formatted(table(tenant), person(tenant, "d.")))
                .bind("org", tenant.orgId())
                .bind("user", tenant.boundUserId())
                .bind("from", range.from())
                .bind("to", range.to())
                .map(ConstructorMapper.of(ModelTotals.AllModels.class))
                .one();
    }

    private static List<ModelTotals> query(
            Handle handle, TenantContext tenant, DateRange range, int limit, String order) {
        return handle.createQuery("""
                        SELECT * FROM (
                            SELECT provider, model, sum(call_count) AS call_count, sum(tokens_in) AS tokens_in,
                                   sum(tokens_out) AS tokens_out, sum(uncovered_count) AS uncovered_count,
                                   sum(uncovered_tokens_in) AS uncovered_tokens_in,
                                   sum(uncovered_tokens_out) AS uncovered_tokens_out,
                                   min(date) FILTER (WHERE uncovered_count > 0) AS first_date,
                                   max(date) FILTER (WHERE uncovered_count > 0) AS last_date
                            FROM %s
                            WHERE org_id = :org AND date BETWEEN :from AND :to AND call_count > 0
                              AND (CAST(:user AS text) IS NULL OR %s)
                            GROUP BY provider, model) AS pairs
                        """.formatted(table(tenant), person(tenant, "")) + order)
                .bind("org", tenant.orgId())
                .bind("user", tenant.boundUserId())
                .bind("from", range.from())
                .bind("to", range.to())
                .bind("limit", limit)
                .map(ConstructorMapper.of(ModelTotals.class))
                .list();
    }

    /** Only the cube knows a person's pairs of provider and model. */
    private static String table(TenantContext tenant) {
        return tenant.boundUserId() == null ? "daily_model_agg" : "daily_usage";
    }

    private static String person(TenantContext tenant, String table) {
        return tenant.boundUserId() == null ? "true" : table + "user_id = :user";
    }
}
