package io.ecomind.api.restatements;

import io.ecomind.api.tenant.QueryParameters;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The place of the last row of a page by its two-part key: the next page begins after it. Immutable. */
record Place(long first, int second) {
    /** Before every row of a list that is sorted from high to low. */
    static final Place TOP = new Place(Long.MAX_VALUE, Integer.MAX_VALUE);

    static final int MAX_TEXT = 64;

    private static final Pattern FORM = Pattern.compile("(\\d{1,18}):(\\d{1,9})");

    /** @param text null for the first page */
    static Place fromText(@Nullable String text) {
        if (text == null) {
            return TOP;
        }
        try {
            Matcher m = FORM.matcher(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII));
            if (m.matches()) {
                return new Place(Long.parseLong(m.group(1)), Integer.parseInt(m.group(2)));
            }
        } catch (IllegalArgumentException notBase64) {
            // Refused below, like a text of another form.
        }
        throw QueryParameters.invalid(
                "cursor must be next_cursor of an earlier answer, was '" + QueryParameters.shortened(text) + "'");
    }

    String toText() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((first + ":" + second).getBytes(StandardCharsets.US_ASCII));
    }
}
