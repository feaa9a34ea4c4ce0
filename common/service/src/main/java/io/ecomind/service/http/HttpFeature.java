package io.ecomind.service.http;

import io.javalin.config.RoutesConfig;

/** A group of routes that belong together. */
@FunctionalInterface
public interface HttpFeature {
    void addTo(RoutesConfig routes);
}
