package io.ecomind.api.health;

import io.ecomind.api.http.Json;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code GET /v1/health}. Thread-safe. Needs no key. */
public final class HealthRoutes implements HttpFeature {
    private final HealthService service;

    public HealthRoutes(HealthService service) {
        this.service = service;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/health", this::get, Access.PUBLIC);
    }

    private void get(Context ctx) {
        Json.write(ctx, HealthViews.HealthView.of(service.get()));
    }
}
