package io.ecomind.contracts;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.SortedMap;

/**
 * The hash that a manifest of the reference topic carries. Makes its digest itself, because contracts depends on no
 * other module. Stateless.
 */
public final class ReferenceHash {
    private ReferenceHash() {}

    /** SHA-256 over the lines {@code key version} of entries that are not deleted, in the order of their keys. */
    public static byte[] sha256(SortedMap<String, Long> versions) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Map.Entry<String, Long> entry : versions.entrySet()) {
                digest.update((entry.getKey() + ' ' + entry.getValue() + '\n').getBytes(StandardCharsets.UTF_8));
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", e);
        }
    }
}
