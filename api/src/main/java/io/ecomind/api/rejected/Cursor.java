package io.ecomind.api.rejected;

import io.ecomind.api.tenant.QueryParameters;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The place of the last row of a page: the next page begins after it. Immutable. */
record Cursor(Instant rejectedAt, int partition, long offset) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,16}):(\\d{1,9}):(\\d{1,18})");

    /** Before the newest row that was rejected before a moment. */
    static Cursor before(Instant end) {
        return new Cursor(end, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    static Cursor fromText(String text) {
        try {
            Matcher m = FORM.matcher(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII));
            if (m.matches()) {
                return new Cursor(
                        Instant.EPOCH.plus(Long.parseLong(m.group(1)), ChronoUnit.MICROS),
                        Integer.parseInt(m.group(2)),
                        Long.parseLong(m.group(3)));
            }
        } catch (IllegalArgumentException notBase64) {
            // Refused below, like a text of another form.
        }
        throw QueryParameters.invalid(
                "cursor must be next_cursor of an earlier answer, was '" + QueryParameters.shortened(text) + "'");
    }

    String toText() {
        String place = ChronoUnit.MICROS.between(Instant.EPOCH, rejectedAt) + ":" + partition + ":" + offset;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(place.getBytes(StandardCharsets.US_ASCII));
    }
}
