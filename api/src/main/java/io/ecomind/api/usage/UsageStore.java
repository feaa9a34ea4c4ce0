package io.ecomind.api.usage;

import io.ecomind.api.http.DateRange;
import java.time.LocalDate;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** Reads the daily tables. Stateless; the caller brings the organisation's transaction. */
final class UsageStore {
    private static final int TOP = 5;
    private static final String COLUMNS = Sums.columns(name -> name);

    private UsageStore() {}

    static List<DailyRow> daily(
            Handle handle, String orgId, GroupBy groupBy, DateRange range, @Nullable String onlyUserId, int limit) {
        var query = handle.createQuery(onlyUserId == null ? groupBy.sqlOfEverybody() : groupBy.sqlOfPerson())
                .bind("org", orgId)
                .bind("from", range.from())
                .bind("to", range.to())
                .bind("limit", limit);
        if (onlyUserId != null) {
            query.bind("user", onlyUserId);
        }
        return query.map((row, ctx) -> DailyRow.fromRow(row, groupBy)).list();
    }

    static Sums sumsOfOrganisation(Handle handle, String orgId, LocalDate date) {
        return handle.createQuery("SELECT " + COLUMNS + """
                         FROM daily_org_agg
                        WHERE org_id = :org AND date = :date""")
                .bind("org", orgId)
                .bind("date", date)
                .map((row, ctx) -> Sums.fromRow(row))
                .findOne()
                .orElse(Sums.NO_CALLS);
    }

    static Sums sumsOfUser(Handle handle, String orgId, LocalDate date, String userId) {
        return handle.createQuery("SELECT " + COLUMNS + """
                         FROM daily_user_agg
                        WHERE org_id = :org AND date = :date AND user_id = :user""")
                .bind("org", orgId)
                .bind("date", date)
                .bind("user", userId)
                .map((row, ctx) -> Sums.fromRow(row))
                .findOne()
                .orElse(Sums.NO_CALLS);
    }

    static List<TodayUsage.CallCount> topProviders(Handle handle, String orgId, LocalDate date) {
        return top(handle, orgId, date, null, """
                SELECT provider AS name, call_count AS calls
                FROM daily_provider_agg
                WHERE org_id = :org AND date = :date
                ORDER BY call_count DESC, provider COLLATE "C"
                LIMIT :limit""");
    }

    static List<TodayUsage.CallCount> topModels(Handle handle, String orgId, LocalDate date) {
        return top(handle, orgId, date, null, """
                SELECT model AS name, sum(call_count) AS calls
                FROM daily_model_agg
                WHERE org_id = :org AND date = :date
                GROUP BY model
                ORDER BY sum(call_count) DESC, model COLLATE "C"
                LIMIT :limit""");
    }

    static List<TodayUsage.CallCount> topProvidersOfUser(Handle handle, String orgId, LocalDate date, String userId) {
        return top(handle, orgId, date, userId, """
                SELECT provider AS name, sum(call_count) AS calls
                FROM daily_usage
                WHERE org_id = :org AND date = :date AND user_id = :user
                GROUP BY provider
                ORDER BY sum(call_count) DESC, provider COLLATE "C"
                LIMIT :limit""");
    }

    static List<TodayUsage.CallCount> topModelsOfUser(Handle handle, String orgId, LocalDate date, String userId) {
        return top(handle, orgId, date, userId, """
                SELECT model AS name, sum(call_count) AS calls
                FROM daily_usage
                WHERE org_id = :org AND date = :date AND user_id = :user
                GROUP BY model
                ORDER BY sum(call_count) DESC, model COLLATE "C"
                LIMIT :limit""");
    }

    private static List<TodayUsage.CallCount> top(
            Handle handle, String orgId, LocalDate date, @Nullable String userId, String sql) {
        var query =
                handle.createQuery(sql).bind("org", orgId).bind("date", date).bind("limit", TOP);
        if (userId != null) {
            query.bind("user", userId);
        }
        return query.map(ConstructorMapper.of(TodayUsage.CallCount.class)).list();
    }
}
