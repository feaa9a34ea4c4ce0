package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Gives ids to the items of one request that came without. */
@FunctionalInterface
public interface EventIds {
    int MAX_IDEMPOTENCY_KEY = 128;

    String idFor(int index);

    /**
     * Random ids, or with an idempotency key ids that a retry gets again.
     *
     * @param idempotencyKey null or empty when the request has none
     */
    static EventIds of(String orgId, @Nullable String idempotencyKey) {
        if (idempotencyKey == null || idempotencyKey.isEmpty()) {
            return index -> UUID.randomUUID().toString();
        }
        if (idempotencyKey.length() > MAX_IDEMPOTENCY_KEY
                || !idempotencyKey.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new AppException(
                    ErrorCode.INVALID_PARAMETER,
                    "the idempotency key must be 1.." + MAX_IDEMPOTENCY_KEY + " visible ASCII characters");
        }
        return index -> derive(orgId, idempotencyKey, index);
    }

    private static String derive(String orgId, String idempotencyKey, int index) {
        try {
            // Neither an organisation nor a key contains NUL, so no two triples give the same bytes.
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((orgId + '\0' + idempotencyKey + '\0' + index).getBytes(StandardCharsets.UTF_8));
            ByteBuffer bits = ByteBuffer.wrap(hash);
            return String.format("%016x%016x", bits.getLong(), bits.getLong());
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", missing);
        }
    }
}
