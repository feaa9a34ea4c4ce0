package io.ecomind.api.source;

import io.ecomind.api.http.Json;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import org.jspecify.annotations.Nullable;

/** {@code GET /source}: the licence, and where the source is. */
public final class SourceRoutes implements HttpFeature {
    private final SourceOffer offer = SourceOffer.ofBuild();

    /** The answer. */
    record SourceView(
            String program,
            @Nullable String version,
            String licence,
            @Nullable String sourceUrl,
            String offer) {}

    @Override
    public void addTo(RoutesConfig routes) {
        var view = new SourceView("Ecomind", offer.version(), SourceOffer.LICENCE, offer.sourceUrl(), offer.sentence());
        routes.get("/source", ctx -> Json.write(ctx, view), Access.PUBLIC);
    }
}
