package io.ecomind.service.http;

import io.ecomind.contracts.Permission;
import io.ecomind.contracts.Permissions;
import io.ecomind.contracts.Scope;
import io.javalin.security.RouteRole;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may use a route: each route declares one when it is registered, and {@link HttpServer} holds it before it calls
 * the route's handler. Immutable.
 *
 * @param permission what the sender's API key must permit, null when anybody may ask
 */
public record Access(@Nullable Permission permission) implements RouteRole {
    /** Anybody may ask, without an API key. */
    public static final Access PUBLIC = new Access(null);

    /** For senders whose API key has the permission. */
    public static Access to(Permission permission) {
        return new Access(permission);
    }

    /** As {@code x-access} in the OpenAPI document: {@code public}, or the scope that an API key needs. */
    public String documentedName() {
        return permission == null
                ? "public"
                : Permissions.get().scopesThatGrant(permission).stream()
                        .map(Scope::wireName)
                        .collect(Collectors.joining(" or ", "scope:", ""));
    }
}
