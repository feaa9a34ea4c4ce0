package io.ecomind.api.reconciliation;

import io.ecomind.api.http.Json;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code GET /v1/reconciliation}: days in dispute, and in pages accepted events that are not in the totals. Thread-safe. */
public final class ReconciliationRoutes implements HttpFeature {
    private final ReconciliationService service;

    public ReconciliationRoutes(ReconciliationService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/reconciliation", this::get, Access.to(Permission.RECONCILIATION_READ));
    }

    private void get(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "limit", "cursor");
        Page.Request page = Page.Request.fromQuery(parameters, MissingEvent.CURSOR_LIMITS);
        Json.write(ctx, ReconciliationViews.ReconciliationView.of(tenant.orgId(), service.get(tenant, page)));
    }
}
