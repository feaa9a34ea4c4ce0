package io.ecomind.api.rejected;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What was sent, as it can be shown: a text when it is UTF-8, base64 otherwise. Immutable; exactly one is set. */
record Payload(@Nullable String text, @Nullable String base64) {

    /** @param truncated the end was cut off, perhaps in the middle of a character, which is then left out */
    static Payload fromBytes(byte[] bytes, boolean truncated) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        // UTF-8 has never fewer bytes than its UTF-16 has chars.
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, !truncated);
        return result.isError()
                ? new Payload(null, Base64.getEncoder().encodeToString(bytes))
                : new Payload(text.flip().toString(), null);
    }
}
