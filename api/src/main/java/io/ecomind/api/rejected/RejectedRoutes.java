package io.ecomind.api.rejected;

import io.ecomind.api.http.Json;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/events/rejected}: what was not counted and why, newest first, in pages. Thread-safe. */
public final class RejectedRoutes implements HttpFeature {
    private static final int MAX_STRING = 64;
    private static final Set<String> ORIGINS = Set.of("gateway", "job", "projection");

    private final RejectedService service;

    public RejectedRoutes(RejectedService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/events/rejected", this::list, Access.to(Permission.REJECTIONS_READ));
    }

    private void list(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "from", "to", "code", "origin", "limit", "cursor");
        service.list(
                tenant,
                RequestedDays.fromQuery(parameters),
                parameters.string("code", MAX_STRING),
                origin(parameters),
                Page.Request.fromQuery(parameters, RejectedRow.CURSOR_LIMITS),
                found -> Json.write(ctx, RejectedViews.RejectedView.of(tenant.orgId(), found)));
    }

    private static @Nullable String origin(QueryParameters parameters) {
        String origin = parameters.string("origin", MAX_STRING);
        if (origin != null && !ORIGINS.contains(origin)) {
            throw QueryParameters.invalid("origin must be one of gateway, job, projection, was '" + origin + "'");
        }
        return origin;
    }
}
