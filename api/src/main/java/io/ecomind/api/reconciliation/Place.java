package io.ecomind.api.reconciliation;

import io.ecomind.api.tenant.QueryParameters;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The last record of a page: the next page begins after it. Immutable. */
record Place(int partition, long offset) {
    static final Place BEGIN = new Place(-1, -1);

    private static final Pattern FORM = Pattern.compile("(\\d{1,9}):(\\d{1,18})");

    static Place fromText(String text) {
        try {
            Matcher m = FORM.matcher(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII));
            if (m.matches()) {
                return new Place(Integer.parseInt(m.group(1)), Long.parseLong(m.group(2)));
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
                .encodeToString((partition + ":" + offset).getBytes(StandardCharsets.US_ASCII));
    }
}
