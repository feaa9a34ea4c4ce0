package io.ecomind.api.tenant;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Principal;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/**
 * The organisation that a request asks about. Immutable.
 *
 * @param boundUserId when set, the sender is bound to this person and sees no colleague's row
 */
public record TenantContext(String orgId, @Nullable String boundUserId) {
    /**
     * The organisation of the sender, which {@code org_id} in the query can only confirm.
     *
     * @throws AppException ORG_MISMATCH when the query names another one
     */
    public static TenantContext of(Context ctx) {
        Principal principal = Principal.of(ctx);
        String named = ctx.queryParam("org_id");
        if (named != null && !named.equals(principal.orgId())) {
            throw new AppException(
                    ErrorCode.ORG_MISMATCH,
                    "org_id must be " + principal.orgId() + ", the organisation of this API key");
        }
        return new TenantContext(principal.orgId(), principal.userId());
    }
}
