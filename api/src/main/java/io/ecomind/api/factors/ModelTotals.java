package io.ecomind.api.factors;

import io.ecomind.footprint.UsageCall;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What an organisation called by provider and model over some days. Immutable.
 *
 * @param first the first day with an uncovered call, null when there is none; likewise last
 */
record ModelTotals(
        String provider,
        String model,
        long calls,
        long tokensIn,
        long tokensOut,
        long uncoveredCalls,
        long uncoveredTokensIn,
        long uncoveredTokensOut,
        @Nullable LocalDate first,
        @Nullable LocalDate last) {

    /** Calls and tokens of all models. */
    record All(
            long calls,
            long tokensIn,
            long tokensOut,
            long uncoveredCalls,
            long uncoveredTokensIn,
            long uncoveredTokensOut,
            long pairs,
            long uncoveredPairs,
            boolean allDaysSealed) {}

    /** The pairs with the most tokens. */
    static List<ModelTotals> largest(Handle handle, String orgId, LocalDate from, LocalDate to, int limit) {
        return query(handle, orgId, from, to, limit, """
                ORDER BY tokens_in + tokens_out DESC, provider COLLATE "C", model COLLATE "C"
                LIMIT :limit""");
    }

    /** The pairs with the most tokens that no factor covers, without those that have none uncovered. */
    static List<ModelTotals> leastCovered(Handle handle, String orgId, LocalDate from, LocalDate to, int limit) {
        return query(handle, orgId, from, to, limit, """
                WHERE uncovered_count > 0
                ORDER BY uncovered_tokens_in + uncovered_tokens_out DESC, uncovered_count DESC,
                         provider COLLATE "C", model COLLATE "C"
                LIMIT :limit""");
    }

    /** The sums over all pairs. */
    static All all(Handle handle, String orgId, LocalDate from, LocalDate to) {
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
                        FROM daily_model_agg d
                        LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
                        WHERE d.org_id = :org AND d.date BETWEEN :from AND :to""")
                .bind("org", orgId)
                .bind("from", from)
                .bind("to", to)
                .map((row, ctx) -> new All(
                        row.getLong("call_count"),
                        row.getLong("tokens_in"),
                        row.getLong("tokens_out"),
                        row.getLong("uncovered_count"),
                        row.getLong("uncovered_tokens_in"),
                        row.getLong("uncovered_tokens_out"),
                        row.getLong("pairs"),
                        row.getLong("uncovered_pairs"),
                        row.getBoolean("sealed")))
                .one();
    }

    /** One call that stands for all of them: text, no region, the tokens of the average call. */
    UsageCall averageCall(Instant at) {
        return call(tokensIn, tokensOut, calls, at);
    }

    /** The same of the uncovered ones. */
    UsageCall averageUncoveredCall(Instant at) {
        return call(uncoveredTokensIn, uncoveredTokensOut, uncoveredCalls, at);
    }

    private UsageCall call(long in, long out, long of, Instant at) {
        long micros = OverrideStore.micros(at);
        return new UsageCall(
                provider,
                model,
                "",
                "text",
                Math.round((double) in / of),
                Math.round((double) out / of),
                0,
                0,
                0,
                micros,
                micros);
    }

    private static List<ModelTotals> query(
            Handle handle, String orgId, LocalDate from, LocalDate to, int limit, String order) {
        return handle.createQuery("""
                        SELECT * FROM (
                            SELECT provider, model, sum(call_count) AS call_count, sum(tokens_in) AS tokens_in,
                                   sum(tokens_out) AS tokens_out, sum(uncovered_count) AS uncovered_count,
                                   sum(uncovered_tokens_in) AS uncovered_tokens_in,
                                   sum(uncovered_tokens_out) AS uncovered_tokens_out,
                                   min(date) FILTER (WHERE uncovered_count > 0) AS first_date,
                                   max(date) FILTER (WHERE uncovered_count > 0) AS last_date
                            FROM daily_model_agg
                            WHERE org_id = :org AND date BETWEEN :from AND :to AND call_count > 0
                            GROUP BY provider, model) AS pairs
                        """ + order)
                .bind("org", orgId)
                .bind("from", from)
                .bind("to", to)
                .bind("limit", limit)
                .map((row, ctx) -> fromRow(row))
                .list();
    }

    private static ModelTotals fromRow(ResultSet row) throws SQLException {
        return new ModelTotals(
                row.getString("provider"),
                row.getString("model"),
                row.getLong("call_count"),
                row.getLong("tokens_in"),
                row.getLong("tokens_out"),
                row.getLong("uncovered_count"),
                row.getLong("uncovered_tokens_in"),
                row.getLong("uncovered_tokens_out"),
                row.getObject("first_date", LocalDate.class),
                row.getObject("last_date", LocalDate.class));
    }
}
