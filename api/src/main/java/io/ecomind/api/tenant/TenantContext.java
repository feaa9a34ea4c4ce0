package io.ecomind.api.tenant;

import io.ecomind.api.http.QueryParameters;
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
     * @throws AppException ORG_MISMATCH when the query names another one; INVALID_PARAMETER when it names none or several
     */
    public static TenantContext of(Context ctx) {
        Principal principal = Principal.of(ctx);
        String named = QueryParameters.organisation(ctx);
        if (named != null && !named.equals(principal.orgId())) {
            throw new AppException(
                    ErrorCode.ORG_MISMATCH,
                    "org_id must be " + principal.orgId() + ", the organisation of this API key");
        }
        return new TenantContext(principal.orgId(), principal.userId());
    }

    /** Whose rows the sender may see, as the setting app.people of a transaction says it. */
    String people() {
        return boundUserId == null ? "all" : "user:" + boundUserId;
    }

    /**
     * For what has figures of the whole organisation that cannot be divided by person.
     *
     * @param what what was asked for, as the subject of a sentence, such as {@code rating versions}
     * @throws AppException FORBIDDEN when the sender is bound to a person
     */
    public void requireWholeOrganisation(String what) {
        if (boundUserId != null) {
            throw new AppException(
                    ErrorCode.FORBIDDEN,
                    what + " are of the whole organisation, and this API key is bound to one person");
        }
    }
}
