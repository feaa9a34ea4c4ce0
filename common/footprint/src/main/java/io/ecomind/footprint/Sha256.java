package io.ecomind.footprint;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 without the checked exception, which no Java runtime throws. Stateless. */
public final class Sha256 {
    private Sha256() {}

    /** A new digest, for content that comes in parts. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", e);
        }
    }

    /** The hash of all bytes, 32 bytes. */
    public static byte[] of(byte[] content) {
        return digest().digest(content);
    }
}
