package io.ecomind.api.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The sort key of the last row of a page: the next page begins after it. Callers get it as a string and hand it back.
 * Immutable.
 */
public final class KeysetCursor {
    /** The longest string that is decoded, in characters. */
    static final int MAX_CHARS = 128;

    private static final Pattern FORM = Pattern.compile("\\d{1,18}(:\\d{1,18})*");

    private final long[] key;

    private KeysetCursor(long[] key) {
        this.key = key;
    }

    /**
     * The cursor of a row.
     *
     * @param key the values that the rows are sorted by, none of them negative
     */
    public static KeysetCursor of(long... key) {
        return new KeysetCursor(key.clone());
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @param limits how many numbers there must be, and the largest value of each
     * @throws io.ecomind.service.AppException 400 when the string is not such a cursor
     */
    static KeysetCursor parse(String text, long... limits) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
            if (FORM.matcher(plain).matches()) {
                long[] key = Arrays.stream(plain.split(":"))
                        .mapToLong(Long::parseLong)
                        .toArray();
                if (key.length == limits.length && within(key, limits)) {
                    return new KeysetCursor(key);
                }
            }
        } catch (IllegalArgumentException notBase64) {
            // Rejected below, like a string of another form.
        }
        throw QueryParameters.invalid(
                "cursor must be next_cursor of an earlier answer, was '" + QueryParameters.shortened(text) + "'");
    }

    /** One of the values that the rows are sorted by, the first at 0. */
    public long part(int index) {
        return key[index];
    }

    /** The string for {@code next_cursor}. */
    @Override
    public String toString() {
        String plain = Arrays.stream(key).mapToObj(Long::toString).collect(Collectors.joining(":"));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
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
