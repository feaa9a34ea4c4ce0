package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.auth.MachineKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Gives ids to the items of one request that came without. */
@FunctionalInterface
public interface EventIds {
    int MAX_IDEMPOTENCY_KEY = 128;

    /** The id of the item at a position, which names this user. */
    String idFor(int index, String userId);

    /**
     * Random ids, or with an idempotency key ids that a retry with the same API key gets again.
     *
     * @param idempotencyKey null or empty when the request has none
     */
    static EventIds of(MachineKey caller, @Nullable String idempotencyKey) {
        if (idempotencyKey == null || idempotencyKey.isEmpty()) {
            return (index, userId) -> UUID.randomUUID().toString();
        }
        if (idempotencyKey.length() > MAX_IDEMPOTENCY_KEY
                || !idempotencyKey.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new AppException(
                    ErrorCode.INVALID_PARAMETER,
                    "the idempotency key must be 1.." + MAX_IDEMPOTENCY_KEY + " visible ASCII characters");
        }
        // Senders choose idempotency keys without knowing of each other: with the API key and the user in it, two of
        // one
        // organisation that choose the same do not get the same ids.
        return (index, userId) -> derive(List.of(caller.orgId(), caller.keyId(), userId, idempotencyKey), index);
    }

    private static String derive(List<String> parts, int index) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                // With the length before each part no two lists give the same bytes.
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            byte[] hash = digest.digest(
                    ByteBuffer.allocate(Integer.BYTES).putInt(index).array());
            ByteBuffer bits = ByteBuffer.wrap(hash);
            return String.format("%016x%016x", bits.getLong(), bits.getLong());
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", missing);
        }
    }
}
