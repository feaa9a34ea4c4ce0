package io.ecomind.service.auth;

import io.ecomind.connect.EnvReader;
import io.ecomind.connect.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets that API keys are hashed with, newest first. New keys take the newest; keys of an older version are valid as
 * long as that version is among them, so a pepper is replaced without an interruption: add the new one in front, issue the
 * keys of the old one again, then take the old one away. Immutable.
 */
public record KeyPeppers(List<Pepper> newestFirst) {
    /** More would only make each forged key cost more. */
    static final int MAX_VERSIONS = 8;

    /** The version of a pepper that is written without one. */
    static final int UNVERSIONED = 1;

    private static final Pattern VERSIONED = Pattern.compile("v([1-9]\\d{0,3}):([^,]+)");
    private static final Pattern LIST = Pattern.compile("v[1-9]\\d{0,3}:[^,]+(,v[1-9]\\d{0,3}:[^,]+)*");

    /** What begins so is meant as a list. */
    private static final Pattern LIST_BEGINS = Pattern.compile("\\s*v\\d+\\s*:", Pattern.CASE_INSENSITIVE);

    private static final String KIND = "one secret, or several like v2:NEW,v1:OLD without blanks";

    private static final String HMAC = "HmacSHA256";

    /** One secret and the number by which rows name it. */
    public record Pepper(int version, Secret secret) {
        /** HMAC-SHA-256, 32 bytes. */
        byte[] hmac(String text) {
            try {
                Mac mac = Mac.getInstance(HMAC);
                mac.init(new SecretKeySpec(secret.value().getBytes(StandardCharsets.UTF_8), HMAC));
                return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("HMAC-SHA-256 is part of every Java runtime", missing);
            }
        }
    }

    public KeyPeppers {
        newestFirst = List.copyOf(newestFirst);
        if (newestFirst.isEmpty() || newestFirst.size() > MAX_VERSIONS) {
            throw new IllegalArgumentException(
                    "peppers must be 1.." + MAX_VERSIONS + " versions, were " + newestFirst.size());
        }
        Set<Integer> versions = new HashSet<>();
        for (Pepper pepper : newestFirst) {
            if (!versions.add(pepper.version())) {
                throw new IllegalArgumentException("pepper version " + pepper.version() + " must be given once");
            }
        }
    }

    /**
     * From a setting: {@code v3:SECRET,v2:SECRET}, newest first, or one secret alone, which is version 1.
     *
     * @throws IllegalArgumentException when it begins like a list and is none, a version comes twice or there are too many;
     *     the message has nothing of the secrets
     */
    public static KeyPeppers parse(Secret setting) {
        String text = setting.value();
        if (!LIST.matcher(text).matches()) {
            if (LIST_BEGINS.matcher(text).lookingAt()) {
                // As one secret it would start the process and refuse every key.
                throw notList();
            }
            return new KeyPeppers(List.of(new Pepper(UNVERSIONED, setting)));
        }
        List<Pepper> peppers = new ArrayList<>();
        Matcher each = VERSIONED.matcher(text);
        while (each.find()) {
            if (!each.group(2).strip().equals(each.group(2))) {
                throw notList();
            }
            peppers.add(new Pepper(Integer.parseInt(each.group(1)), new Secret(each.group(2))));
        }
        return new KeyPeppers(peppers);
    }

    private static IllegalArgumentException notList() {
        return new IllegalArgumentException("peppers must be like v2:NEW,v1:OLD, with versions 1..9999, without blanks"
                + " around versions and secrets, and without a comma at the end");
    }

    /** The setting of gateway and API, as {@link #parse} reads it. */
    public static Secret fromEnv(EnvReader env) {
        return env.parsed(
                "ECOMIND_API_KEY_PEPPER",
                text -> {
                    var setting = new Secret(text);
                    var unused = parse(setting);
                    return setting;
                },
                KIND,
                new Secret(""));
    }

    /** What new keys are hashed with. */
    public Pepper newest() {
        return newestFirst.get(0);
    }

    Optional<Pepper> version(int version) {
        return newestFirst.stream()
                .filter(pepper -> pepper.version() == version)
                .findFirst();
    }
}
