package io.ecomind.api.usage;

import io.ecomind.api.http.Csv;
import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.usage.OrganisationCalendar;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/aggregate/daily}: totals by day and group, as JSON or CSV. Thread-safe. */
public final class DailyRoutes implements HttpFeature {
    /** Rows in one answer. */
    static final int MAX_ROWS = 100_000;

    private static final int MAX_GROUP_BY = 256;

    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final Clock clock;

    /**
     * The answer.
     *
     * @param timeZone the zone that makes the days, as of the last one
     * @param completeThrough everything received before is in; null while that is not known
     * @param provisional some row's day is not sealed, or the range includes today or later
     * @param totals sums over the rows
     */
    record DailyView(
            String orgId,
            String groupBy,
            String from,
            String to,
            String timeZone,
            @Nullable String completeThrough,
            boolean provisional,
            Iterator<Map<String, @Nullable Object>> rows,
            Map<String, @Nullable Object> totals) {}

    /** What the tables say, from one snapshot. */
    record Answer(
            DateRange range,
            String timeZone,
            @Nullable String completeThrough,
            boolean includesToday,
            List<DailyRow> rows) {}

    public DailyRoutes(TenantRequests requests, TenantTransactions tenants, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/aggregate/daily", this::answer, Access.to(Permission.USAGE_READ));
    }

    private void answer(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("from", "to", "group_by"));
        GroupBy groupBy = GroupBy.fromQuery(request.parameters().text("group_by", MAX_GROUP_BY));
        Answer answer = tenants.read(request.orgId(), handle -> look(handle, request, groupBy));
        ctx.header("Vary", "Accept");
        if (Csv.prefers(ctx.header("Accept"))) {
            answerCsv(ctx, groupBy, answer);
        } else {
            JsonViews.answer(ctx, toView(request.orgId(), groupBy, answer));
        }
    }

    private Answer look(Handle handle, TenantRequest request, GroupBy groupBy) {
        OrganisationCalendar calendar = OrganisationZones.load(handle, request.orgId());
        LocalDate today = calendar.dateOf(clock.instant());
        DateRange range = DateRange.fromQuery(request.parameters(), today);
        List<DailyRow> rows = UsageStore.daily(
                handle, request.orgId(), groupBy, range.from(), range.to(), request.boundUserId(), MAX_ROWS + 1);
        if (rows.size() > MAX_ROWS) {
            throw QueryParameters.invalid("from " + range.from() + " to " + range.to() + " has more than " + MAX_ROWS
                    + " rows by " + groupBy.publicName() + "; ask for fewer days at once");
        }
        return new Answer(
                range,
                calendar.zoneOf(range.to()).getId(),
                JsonViews.moment(Completeness.completeThrough(handle).orElse(null)),
                !range.to().isBefore(today),
                rows);
    }

    private static DailyView toView(String orgId, GroupBy groupBy, Answer answer) {
        return new DailyView(
                orgId,
                groupBy.publicName(),
                answer.range().from().toString(),
                answer.range().to().toString(),
                answer.timeZone(),
                answer.completeThrough(),
                answer.includesToday() || answer.rows().stream().anyMatch(DailyRow::provisional),
                answer.rows().stream().map(row -> row.toView(groupBy)).iterator(),
                DailyRow.toView(answer.rows().stream().map(DailyRow::sums).reduce(Sums.NO_CALLS, Sums::plus)));
    }

    private static void answerCsv(Context ctx, GroupBy groupBy, Answer answer) {
        String name = "ecomind-daily-" + groupBy.publicName() + "-"
                + answer.range().from() + "-" + answer.range().to() + ".csv";
        ctx.header("Content-Disposition", "attachment; filename=\"" + name + "\"");
        ctx.contentType("text/csv; charset=utf-8; header=present")
                .result(DailyCsv.write(groupBy, answer.rows(), answer.completeThrough())
                        .getBytes(StandardCharsets.UTF_8));
    }
}
