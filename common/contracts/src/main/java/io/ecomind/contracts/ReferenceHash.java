package io.ecomind.contracts;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.SortedMap;

/** The hash by which a reader of the topic reference knows that its snapshot is the manifest's. Stateless. */
public final class ReferenceHash {
    private ReferenceHash() {}

    /**
     * SHA-256 over the UTF-8 of the lines {@code key version\n}, in the map's order.
     *
     * @param versions newest version of each entity that is not deleted, in the natural order of the keys
     */
    public static byte[] sha256(SortedMap<String, Long> versions) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            versions.forEach(
                    (key, version) -> digest.update((key + ' ' + version + '\n').getBytes(StandardCharsets.UTF_8)));
            return digest.digest();
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", missing);
        }
    }
}
