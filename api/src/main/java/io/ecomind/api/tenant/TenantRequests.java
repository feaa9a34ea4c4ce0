package io.ecomind.api.tenant;

import io.ecomind.api.http.QueryParameters;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Principal;
import io.javalin.http.Context;
import java.util.Set;

/** Reads for which organisation a request asks. Stateless. */
public final class TenantRequests {
    /**
     * Checks organisation and names of the parameters of a request whose sender is known.
     *
     * @param parameters the query parameters that the path takes besides {@code org_id}
     * @throws AppException ORG_MISMATCH or INVALID_PARAMETER
     */
    public TenantRequest open(Context ctx, Set<String> parameters) {
        Principal principal = Principal.of(ctx);
        String asked = ctx.queryParam("org_id");
        if (asked != null && !asked.equals(principal.orgId())) {
            throw new AppException(
                    ErrorCode.ORG_MISMATCH,
                    "org_id must be " + principal.orgId() + ", the organisation of this API key");
        }
        return new TenantRequest(
                principal.orgId(), principal.userId(), QueryParameters.fromQuery(ctx.queryParamMap(), parameters));
    }
}
