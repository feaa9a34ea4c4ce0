package io.ecomind.service.auth;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, as its API key says. Immutable.
 *
 * @param userId when set, the only user that events of this key may name
 * @param source when set, the only source that events of this key may name
 * @param ingestShards over how many Kafka keys the organisation is spread
 * @param eventsPerMinute the plan's limit, null for none
 * @param eventsPerDay the plan's limit, null for none
 */
public record Caller(
        String keyId,
        String orgId,
        @Nullable String userId,
        @Nullable String source,
        Set<String> scopes,
        int ingestShards,
        String plan,
        @Nullable Long eventsPerMinute,
        @Nullable Long eventsPerDay) {}
