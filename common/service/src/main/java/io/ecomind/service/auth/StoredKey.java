package io.ecomind.service.auth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of an API key. Immutable.
 *
 * @param hash HMAC-SHA-256 of the key
 * @param pepperVersion which pepper the hash was made with
 * @param expiresAt from when on the key is not valid; null: never
 * @param key who sends with it
 */
record StoredKey(
        byte[] hash,
        int pepperVersion,
        boolean revoked,
        @Nullable Instant expiresAt,
        MachineKey key) {}
