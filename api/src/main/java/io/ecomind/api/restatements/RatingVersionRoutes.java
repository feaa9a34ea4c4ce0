package io.ecomind.api.restatements;

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

/**
 * {@code GET /v1/rating-versions}: which versions days have had, why, and with what totals; the newest day and version
 * first, in pages. Thread-safe. Version 1 is the sealing and has no row.
 */
public final class RatingVersionRoutes implements HttpFeature {
    private final RatingVersionService service;

    public RatingVersionRoutes(RatingVersionService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/rating-versions", this::list, Access.to(Permission.RESTATEMENTS_READ));
    }

    private void list(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "from", "to", "limit", "cursor");
        Json.write(
                ctx,
                RatingVersionViews.RatingVersionListView.of(
                        tenant.orgId(),
                        service.list(
                                tenant,
                                RequestedDays.fromQuery(parameters),
                                Page.Request.fromQuery(parameters, RatingVersion.CURSOR_LIMITS))));
    }
}
