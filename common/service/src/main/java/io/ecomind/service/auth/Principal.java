package io.ecomind.service.auth;

import io.ecomind.contracts.Permission;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, as the credential says that was checked before the request's handler is called. Immutable.
 *
 * <p>One record for each kind of sender. The organisation follows from the credential alone; what a request says about
 * it can only confirm it.
 */
public sealed interface Principal permits MachineKey {
    /** The organisation that the sender belongs to. */
    String orgId();

    /** The person to whose figures the sender is bound, null when it is bound to nobody. */
    @Nullable
    String userId();

    /** Whether the sender has the permission. */
    boolean may(Permission permission);

    /**
     * The sender of a request to a route that is not public.
     *
     * @throws IllegalStateException on a public route, which asks nobody who they are
     */
    static Principal of(Context ctx) {
        Principal principal = ctx.attribute(Principal.class.getName());
        if (principal == null) {
            throw new IllegalStateException(ctx.path() + " has no principal: its access is public");
        }
        return principal;
    }

    /** Makes this the sender of the request; the server does so before it calls the request's handler. */
    default void putOn(Context ctx) {
        ctx.attribute(Principal.class.getName(), this);
    }
}
