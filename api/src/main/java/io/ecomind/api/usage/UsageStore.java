package io.ecomind.api.usage;

import io.ecomind.api.http.DateRange;
import java.time.LocalDate;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Reads the daily tables. Stateless; the caller brings the organisation's transaction. */
final class UsageStore {
    private static final int TOP = 5;
    private static final String COLUMNS = Sums.columns(name -> name);

    private UsageStore() {}

    /** @param limit of rows that are read */
    record DailyQuestion(
            String orgId,
            GroupBy groupBy,
            DateRange range,
            @Nullable String onlyUserId,
            int limit) {
        private String sql() {
            return onlyUserId == null ? groupBy.sqlOfEverybody() : groupBy.sqlOfPerson();
        }
    }

    /** How long an answer is, and whether a day of it is not sealed. */
    record Extent(long rows, boolean provisional) {}

    /** What {@link #daily} will read. */
    static Extent extent(Handle handle, DailyQuestion question) {
        String counted = "SELECT count(*) AS rows, coalesce(bool_or(NOT sealed), false) AS provisional FROM ("
                + question.sql() + ") AS answer";
        return bind(handle.createQuery(counted), question)
                .map((row, ctx) -> new Extent(row.getLong("rows"), row.getBoolean("provisional")))
                .one();
    }

    /** The rows, of which so many are in memory at once. */
    static ResultIterator<DailyRow> daily(Handle handle, DailyQuestion question, int fetchedRows) {
        GroupBy groupBy = question.groupBy();
        return bind(handle.createQuery(question.sql()), question)
                .setFetchSize(fetchedRows)
                .map((row, ctx) -> DailyRow.fromRow(row, groupBy))
                .iterator();
    }

    private static Query bind(Query query, DailyQuestion question) {
        query.bind("org", question.orgId())
                .bind("from", question.range().from())
                .bind("to", question.range().to())
                .bind("limit", question.limit());
        if (question.onlyUserId() != null) {
            query.bind("user", question.onlyUserId());
        }
        return query;
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
