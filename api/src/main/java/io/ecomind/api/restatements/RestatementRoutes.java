package io.ecomind.api.restatements;

import io.ecomind.api.http.Json;
import io.ecomind.api.http.JsonBody;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** {@code /v1/restatements}: asks for new rating versions of sealed days, and shows the requests. Thread-safe. */
public final class RestatementRoutes implements HttpFeature {
    private static final int MAX_STATE = 16;
    private static final Set<String> STATES = Set.of("requested", "running", "waiting", "done", "failed");

    private final RestatementService service;

    public RestatementRoutes(RestatementService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.post("/v1/restatements", this::create, Access.to(Permission.RESTATEMENTS_WRITE));
        routes.get("/v1/restatements", this::list, Access.to(Permission.RESTATEMENTS_READ));
        routes.get("/v1/restatements/{id}", this::get, Access.to(Permission.RESTATEMENTS_READ));
    }

    private void create(Context ctx) throws IOException {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters.of(ctx);
        var request = NewRestatement.fromBody(JsonBody.read(ctx, NewRestatement.FIELDS));
        QueuedRestatement created = service.create(tenant, request);
        ctx.status(201).header("Location", "/v1/restatements/" + created.id());
        Json.write(ctx, RestatementViews.RestatementView.of(created));
    }

    private void list(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "state", "limit", "cursor");
        String state = parameters.string("state", MAX_STATE);
        if (state != null && !STATES.contains(state)) {
            throw QueryParameters.invalid(
                    "state must be one of " + String.join(", ", new TreeSet<>(STATES)) + ", was '" + state + "'");
        }
        Page.Request page = Page.Request.fromQuery(parameters, QueuedRestatement.CURSOR_LIMITS);
        Json.write(ctx, RestatementViews.RestatementListView.of(tenant.orgId(), service.list(tenant, state, page)));
    }

    private void get(Context ctx) {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters.of(ctx);
        String asked = ctx.pathParam("id");
        long id;
        try {
            id = Long.parseLong(asked);
        } catch (NumberFormatException notANumber) {
            throw QueryParameters.invalid("id must be an integer, was '" + QueryParameters.shortened(asked) + "'");
        }
        Json.write(ctx, RestatementViews.RestatementView.of(service.get(tenant, id)));
    }
}
