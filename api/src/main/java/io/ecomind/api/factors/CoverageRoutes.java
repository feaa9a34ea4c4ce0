package io.ecomind.api.factors;

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

/** {@code GET /v1/coverage}: which calls no factor covers, the largest gap first. Thread-safe. */
public final class CoverageRoutes implements HttpFeature {
    private final CoverageService service;

    public CoverageRoutes(CoverageService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/coverage", this::get, Access.to(Permission.USAGE_READ));
    }

    private void get(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "from", "to", "limit");
        int limit = parameters.integer("limit", Page.DEFAULT_LIMIT, 1, Page.MAX_LIMIT);
        Coverage coverage = service.get(tenant, RequestedDays.fromQuery(parameters), limit);
        Json.write(ctx, CoverageViews.CoverageView.of(tenant.orgId(), coverage));
    }
}
