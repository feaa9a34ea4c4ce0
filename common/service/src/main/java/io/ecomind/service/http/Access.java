package io.ecomind.service.http;

import io.ecomind.contracts.Permission;
import io.ecomind.contracts.Permissions;
import io.ecomind.contracts.Scope;
import io.javalin.security.RouteRole;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may use a route: each route declares one when it is registered, and {@link HttpServer} holds it before it calls
 * the route's handler. Immutable.
 *
 * @param permission what the sender must be permitted, null when anybody may ask
 * @param credentials by which the sender may prove who it is; none when anybody may ask
 */
public record Access(@Nullable Permission permission, Set<Credential> credentials) implements RouteRole {
    /** Anybody may ask, without a credential. */
    public static final Access PUBLIC = new Access(null, Set.of());

    /** A way to prove who sends a request. */
    public enum Credential {
        API_KEY
    }

    public Access {
        credentials = Set.copyOf(credentials);
        if ((permission == null) != credentials.isEmpty()) {
            throw new IllegalArgumentException("a permission needs a credential, and a credential a permission");
        }
    }

    /** For senders with the permission, by any credential. */
    public static Access to(Permission permission) {
        return new Access(permission, EnumSet.allOf(Credential.class));
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
