package io.ecomind.api.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The key of the last row of a page, as text that a caller hands back to get the next page. */
public final class CursorText {
    /** Longest text that is worth decoding, in characters. */
    public static final int MAX_CHARS = 128;

    private static final Pattern FORM = Pattern.compile("\\d{1,18}(:\\d{1,18})*");

    private CursorText() {}

    /**
     * The text of a key.
     *
     * @param key none of them negative
     */
    public static String encode(long... key) {
        String plain = Arrays.stream(key).mapToObj(Long::toString).collect(Collectors.joining(":"));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * The key that a text was made of.
     *
     * @param limits how many numbers there must be, and the largest value of each
     * @throws io.ecomind.service.AppException 400 when the text is not one of ours
     */
    public static long[] decode(String text, long... limits) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
            if (FORM.matcher(plain).matches()) {
                long[] key = Arrays.stream(plain.split(":"))
                        .mapToLong(Long::parseLong)
                        .toArray();
                if (key.length == limits.length && within(key, limits)) {
                    return key;
                }
            }
        } catch (IllegalArgumentException notBase64) {
            // Refused below, like a text of another form.
        }
        throw QueryParameters.invalid(
                "cursor must be next_cursor of an earlier answer, was '" + QueryParameters.shortened(text) + "'");
    }

    private static boolean within(long[] key, long[] limits) {
        for (int i = 0; i < key.length; i++) {
            if (key[i] > limits[i]) {
                return false;
            }
        }
        return true;
    }
}
