package io.ecomind.api.tenant;

import io.ecomind.api.http.QueryParameters;
import org.jspecify.annotations.Nullable;

/**
 * A request whose key is valid for the organisation that it asks about. Immutable.
 *
 * @param boundUserId when set, the key belongs to one person and shows no colleague's row
 */
public record TenantRequest(String orgId, @Nullable String boundUserId, QueryParameters parameters) {}
