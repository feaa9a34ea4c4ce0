package io.ecomind.api.tenant;

import io.ecomind.api.http.QueryParameters;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.Authenticator;
import io.ecomind.service.auth.Caller;
import io.javalin.http.Context;
import java.util.Set;

/** Finds out for which organisation a request asks, before anything else of it is looked at. Thread-safe. */
public final class TenantRequests {
    private static final String READ = "read";
    private static final String MANAGE = "manage";

    private final Authenticator authenticator;

    public TenantRequests(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    /**
     * Checks key, organisation and the names of the parameters of a question.
     *
     * @param parameters the query parameters that the path takes besides {@code org_id}
     * @throws AppException UNAUTHORIZED, SCOPE_MISSING, ORG_MISMATCH or INVALID_PARAMETER
     */
    public TenantRequest open(Context ctx, Set<String> parameters) {
        return open(ctx, READ, parameters);
    }

    /** The same for what changes something: the key needs the scope {@code manage}. */
    public TenantRequest openChange(Context ctx, Set<String> parameters) {
        return open(ctx, MANAGE, parameters);
    }

    private TenantRequest open(Context ctx, String scope, Set<String> parameters) {
        Caller caller = authenticator.authenticate(ctx.header("Authorization"), scope);
        // Answers belong to the bearer of the key: no cache between may hand them to somebody else.
        ctx.header("Cache-Control", "no-store");
        String asked = ctx.queryParam("org_id");
        if (asked != null && !asked.equals(caller.orgId())) {
            throw new AppException(
                    ErrorCode.ORG_MISMATCH, "org_id must be " + caller.orgId() + ", the organisation of this API key");
        }
        return new TenantRequest(
                caller.orgId(), caller.userId(), QueryParameters.fromQuery(ctx.queryParamMap(), parameters));
    }
}
