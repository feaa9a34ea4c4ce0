package io.ecomind.service.auth;

import io.ecomind.contracts.Permission;
import io.ecomind.contracts.Permissions;
import io.ecomind.contracts.Scope;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a request with an API key. Immutable.
 *
 * @param userId when set, the only user that events of this key may name
 * @param source when set, the only source that events of this key may name
 * @param ingestShards over how many Kafka keys the organisation is spread
 * @param eventsPerMinute the plan's limit, null for none
 * @param eventsPerDay the plan's limit, null for none
 */
public record MachineKey(
        String keyId,
        String orgId,
        @Nullable String userId,
        @Nullable String source,
        Set<Scope> scopes,
        int ingestShards,
        String plan,
        @Nullable Long eventsPerMinute,
        @Nullable Long eventsPerDay)
        implements Principal {

    @Override
    public boolean may(Permission permission) {
        return scopes.stream().anyMatch(scope -> Permissions.get().grants(scope, permission));
    }
}
