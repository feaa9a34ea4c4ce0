package io.ecomind.service.auth;

import io.ecomind.connect.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A key as its owner holds it: {@code eco_<id>_<secret>}. The id finds the row; only an HMAC-SHA-256 of the whole key
 * under the server's pepper is stored. Immutable.
 */
public record ApiKey(String id, Secret text) {
    private static final Pattern FORM = Pattern.compile("eco_([A-Za-z0-9]{16})_[A-Za-z0-9]{40}");
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /** A new key with 238 random bits. */
    public static ApiKey generate(SecureRandom random) {
        String id = letters(random, 16);
        return new ApiKey(id, new Secret("eco_" + id + "_" + letters(random, 40)));
    }

    /** The key, or null when the text does not have its form. */
    public static @Nullable ApiKey parse(String text) {
        Matcher m = FORM.matcher(text);
        return m.matches() ? new ApiKey(m.group(1), new Secret(text)) : null;
    }

    /** HMAC-SHA-256 of the key, 32 bytes. */
    public byte[] hash(Secret pepper) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(pepper.value().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(text.value().getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("HMAC-SHA-256 is part of every Java runtime", missing);
        }
    }

    private static String letters(SecureRandom random, int count) {
        var out = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }
}
