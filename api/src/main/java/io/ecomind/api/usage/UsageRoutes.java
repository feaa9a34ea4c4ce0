package io.ecomind.api.usage;

import io.ecomind.api.http.Csv;
import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.Json;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.AnswerWriter;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;

/** {@code GET /v1/today} and {@code GET /v1/aggregate/daily}: calls and amounts by day. Thread-safe. */
public final class UsageRoutes implements HttpFeature {
    private static final int MAX_GROUP_BY = 256;

    private final UsageService service;

    public UsageRoutes(UsageService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/today", this::today, Access.to(Permission.USAGE_READ));
        routes.get("/v1/aggregate/daily", this::daily, Access.to(Permission.USAGE_READ));
    }

    private void today(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "user_id");
        String userId = parameters.string("user_id", Limits.MAX_USER_ID);
        Json.write(ctx, UsageViews.TodayView.of(tenant.orgId(), service.today(tenant, userId)));
    }

    private void daily(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "from", "to", "group_by");
        GroupBy groupBy = GroupBy.fromQuery(parameters.string("group_by", MAX_GROUP_BY));
        RequestedDays days = RequestedDays.fromQuery(parameters);
        ctx.header("Vary", "Accept");
        if (Csv.prefers(ctx.header("Accept"))) {
            DateRange range = service.daily(tenant, groupBy, days, (usage, large) -> {
                if (large) {
                    nameFile(ctx, groupBy, usage.range());
                }
                send(ctx, Csv.CONTENT_TYPE, large, out -> UsageViews.writeCsv(out, usage));
            });
            if (!ctx.res().isCommitted()) {
                nameFile(ctx, groupBy, range);
            }
        } else {
            service.daily(
                    tenant,
                    groupBy,
                    days,
                    (usage, large) -> send(
                            ctx,
                            "application/json",
                            large,
                            out -> Json.stream(out, UsageViews.DailyView.of(tenant.orgId(), usage))));
        }
    }

    private static void send(Context ctx, String contentType, boolean large, AnswerWriter.Content content)
            throws IOException {
        if (large) {
            AnswerWriter.stream(ctx, contentType, content);
        } else {
            AnswerWriter.whole(ctx, contentType, content);
        }
    }

    private static void nameFile(Context ctx, GroupBy groupBy, DateRange range) {
        Csv.nameFile(ctx, "ecomind-daily-" + groupBy.publicName() + "-" + range.from() + "-" + range.to() + ".csv");
    }
}
