package io.ecomind.service.auth;

import io.ecomind.connect.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key as its owner holds it: {@code eco_<env>_<id>_<secret><checksum>}. The id finds the row; only an HMAC-SHA-256 of the
 * whole key under the server's pepper is stored. The checksum is a keyed one, so a server tells a forged key from one that
 * was issued without asking the database. Keys of the first form, {@code eco_<id>_<secret>}, have none and stay valid.
 * Immutable.
 */
public record ApiKey(String id, Secret text) {
    private static final int ID_LENGTH = 16;
    private static final int SECRET_LENGTH = 40;
    private static final int CHECKSUM_LENGTH = 8;

    private static final Pattern ENVIRONMENT = Pattern.compile("[a-z][a-z0-9]{1,11}");
    private static final Pattern FIRST_FORM = Pattern.compile("eco_([A-Za-z0-9]{16})_[A-Za-z0-9]{40}");
    private static final Pattern FORM = Pattern.compile("eco_[a-z][a-z0-9]{1,11}_([A-Za-z0-9]{16})_[A-Za-z0-9]{48}");
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /** A stored key never has this prefix, so a checksum tells nothing of a stored hash. */
    private static final String CHECKSUM_OF = "checksum:";

    /**
     * A new key with 238 random bits.
     *
     * @param environment the kind of installation it is for, such as {@code live}: people and secret scanners tell by it
     *     what a leaked key opens
     */
    public static ApiKey generate(SecureRandom random, String environment, KeyPeppers peppers) {
        if (!ENVIRONMENT.matcher(environment).matches()) {
            throw new IllegalArgumentException(
                    "environment must be 2..12 lower-case letters and digits, was '" + environment + "'");
        }
        String id = letters(random, ID_LENGTH);
        String body = "eco_" + environment + "_" + id + "_" + letters(random, SECRET_LENGTH);
        return new ApiKey(id, new Secret(body + checksum(peppers.newest(), body)));
    }

    /** The key, or null when the text does not have its form. */
    public static @Nullable ApiKey parse(String text) {
        for (Pattern form : new Pattern[] {FORM, FIRST_FORM}) {
            Matcher m = form.matcher(text);
            if (m.matches()) {
                return new ApiKey(m.group(1), new Secret(text));
            }
        }
        return null;
    }

    /** Whether the key has a checksum, which those of the first form have not. */
    boolean hasChecksum() {
        return FORM.matcher(text.value()).matches();
    }

    /** The pepper whose checksum the key has; empty when it has that of none, and so was never issued. */
    Optional<KeyPeppers.Pepper> issuedWith(KeyPeppers peppers) {
        int bodyLength = text.value().length() - CHECKSUM_LENGTH;
        String body = text.value().substring(0, bodyLength);
        byte[] given = text.value().substring(bodyLength).getBytes(StandardCharsets.US_ASCII);
        return peppers.newestFirst().stream()
                .filter(pepper ->
                        MessageDigest.isEqual(checksum(pepper, body).getBytes(StandardCharsets.US_ASCII), given))
                .findFirst();
    }

    /** What is stored of a new key, 32 bytes. */
    public byte[] hash(KeyPeppers peppers) {
        return hash(peppers.newest());
    }

    byte[] hash(KeyPeppers.Pepper pepper) {
        return pepper.hmac(text.value());
    }

    private static String checksum(KeyPeppers.Pepper pepper, String body) {
        byte[] hmac = pepper.hmac(CHECKSUM_OF + body);
        long bits = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            bits = bits << 8 | (hmac[i] & 0xff);
        }
        var out = new StringBuilder(CHECKSUM_LENGTH);
        for (int i = 0; i < CHECKSUM_LENGTH; i++) {
            out.append(ALPHABET.charAt((int) Long.remainderUnsigned(bits, ALPHABET.length())));
            bits = Long.divideUnsigned(bits, ALPHABET.length());
        }
        return out.toString();
    }

    private static String letters(SecureRandom random, int count) {
        var out = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }
}
