package io.ecomind.api.factors;

import io.ecomind.api.http.Json;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code GET /v1/factors/{set}/diff} and {@code /v1/factors/diff}: what differs between two sets. Thread-safe. */
public final class FactorDiffRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 1_000;
    private static final int MAX_LIMIT = 10_000;
    private static final int MAX_NAME = 64;

    private final FactorDiffService service;

    public FactorDiffRoutes(FactorDiffService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/factors/diff", this::between, Access.to(Permission.USAGE_READ));
        routes.get("/v1/factors/{set}/diff", this::ofSet, Access.to(Permission.USAGE_READ));
    }

    private void between(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "from", "to", "limit");
        String from = required(parameters, "from");
        String to = required(parameters, "to");
        int limit = limit(parameters);
        Json.write(ctx, FactorDiffViews.DiffView.of(tenant.orgId(), service.between(tenant, from, to), limit));
    }

    private void ofSet(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "from", "limit");
        String from = parameters.string("from", MAX_NAME);
        int limit = limit(parameters);
        FactorDiff diff = service.ofSet(tenant, ctx.pathParam("set"), from);
        Json.write(ctx, FactorDiffViews.DiffView.of(tenant.orgId(), diff, limit));
    }

    private static int limit(QueryParameters parameters) {
        return parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
    }

    private static String required(QueryParameters parameters, String name) {
        String id = parameters.string(name, MAX_NAME);
        if (id == null) {
            throw QueryParameters.invalid(name + " must be the id of a factor set, is missing");
        }
        return id;
    }
}
