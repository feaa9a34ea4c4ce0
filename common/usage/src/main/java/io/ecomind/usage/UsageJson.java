package io.ecomind.usage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.ecomind.contracts.Limits;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Parsers for JSON of senders, with one set of limits for the gateway and the jobs: what one of them reads, the other one
 * can read. Stateless.
 */
public final class UsageJson {
    /** Levels of objects and arrays in metadata, and in a request body that contains it: deeper than any real one. */
    public static final int MAX_DEPTH = 32;

    private static final JsonFactory BYTES = builder()
            // JSON on the wire is UTF-8; guessing UTF-16 would also lose the byte positions.
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    private static final JsonFactory TEXT = builder()
            // Without a table of names there are no collisions in it, so no choice of names makes a text unreadable
            // that
            // the other parser could read.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private UsageJson() {}

    /** Reads UTF-8; {@link #findInvalidUtf8} must have found nothing, since the parser takes overlong forms. */
    public static JsonParser parser(byte[] body, int from, int length) throws IOException {
        return BYTES.createParser(body, from, length);
    }

    /** Reads a text. */
    public static JsonParser parser(String text) throws IOException {
        return TEXT.createParser(text);
    }

    /**
     * Reads a text as it comes; of bytes, {@link #findInvalidUtf8} must have found nothing. The parser keeps no table
     * of names, as that of bytes does.
     */
    public static JsonParser parser(Reader text) throws IOException {
        return TEXT.createParser(text);
    }

    /**
     * The index of the first byte that is not UTF-8, or -1. Overlong forms and surrogates are not: another reader would
     * take them for other characters than a check has seen.
     */
    public static int findInvalidUtf8(byte[] bytes, int from, int to) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
        CharBuffer out = CharBuffer.allocate(Math.min(8_192, Math.max(2, to - from)));
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isError()) {
                return in.position();
            }
            if (result.isUnderflow()) {
                return -1;
            }
            out.clear();
        }
    }

    private static JsonFactoryBuilder builder() {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        // Strings, names and numbers are bounded by the body; they have limits of their own by field.
                        .maxStringLength(Limits.MAX_BODY_BYTES)
                        .maxNumberLength(Limits.MAX_BODY_BYTES)
                        .maxNameLength(Limits.MAX_BODY_BYTES)
                        .build())
                // Interned names of senders would stay in the JVM's table of strings.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES);
    }
}
