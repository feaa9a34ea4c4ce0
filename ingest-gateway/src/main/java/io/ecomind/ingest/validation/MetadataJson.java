package io.ecomind.ingest.validation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.ingest.http.JsonItems;
import io.ecomind.usage.Texts;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies a metadata object into compact JSON that PostgreSQL's jsonb takes: no NUL, no lone surrogates, no number that
 * its numeric type cannot hold, no key twice. Not thread-safe; one use.
 */
public final class MetadataJson {
    /** jsonb keeps numbers as numeric, which ends at 131,072 digits. */
    private static final int MAX_EXPONENT = 1_000;

    private static final JsonStringEncoder QUOTE = JsonStringEncoder.getInstance();

    private final JsonParser in;
    private final StringBuilder out = new StringBuilder(128);
    private final ArrayDeque<Set<String>> keys = new ArrayDeque<>();
    private @Nullable String flaw;
    private boolean tooLong;

    private MetadataJson(JsonParser in) {
        this.in = in;
    }

    /** Reads the value that the parser stands on, to its end, and puts it or its faults into the draft. */
    public static void read(JsonParser in, Draft draft) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            draft.refuse(
                    ErrorCode.FIELD_INVALID, Field.METADATA, "metadata must be an object, was " + JsonItems.kindOf(in));
            in.skipChildren();
            return;
        }
        var copy = new MetadataJson(in);
        copy.copy();
        if (copy.flaw != null) {
            draft.refuse(ErrorCode.FIELD_INVALID, Field.METADATA, "metadata must not contain " + copy.flaw);
        } else if (copy.tooLong || utf8Length(copy.out) > Limits.MAX_METADATA_BYTES) {
            draft.refuse(
                    ErrorCode.FIELD_TOO_LONG,
                    Field.METADATA,
                    "metadata must be at most " + Limits.MAX_METADATA_BYTES + " bytes of compact JSON, was more");
        } else if (copy.out.length() > 2) {
            draft.put(Field.METADATA, copy.out.toString());
        }
    }

    private void copy() throws IOException {
        int depth = 0;
        boolean first = true;
        do {
            JsonToken token = in.currentToken();
            boolean ends = token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY;
            if (!ends && !first) {
                out.append(',');
            }
            first = false;
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    depth++;
                    first = true;
                    keys.push(new HashSet<>());
                    out.append(in.getText());
                }
                case END_OBJECT, END_ARRAY -> {
                    depth--;
                    keys.pop();
                    out.append(in.getText());
                }
                case FIELD_NAME -> {
                    first = true;
                    key(in.currentName());
                }
                case VALUE_STRING -> string(in.getText());
                case VALUE_NUMBER_INT -> out.append(in.getText());
                case VALUE_NUMBER_FLOAT -> number(in.getText());
                default -> out.append(in.getText());
            }
            if (out.length() > Limits.MAX_METADATA_BYTES) {
                // Enough is known; what follows is only read over.
                tooLong = true;
                out.setLength(1);
            }
        } while (depth > 0 && in.nextToken() != null);
    }

    private void key(String name) {
        if (!keys.getFirst().add(name)) {
            flaw = "the key " + Texts.quoted(name) + " twice";
        }
        string(name);
        out.append(':');
    }

    private void string(String text) {
        String wrong = Texts.flaw(text, true);
        if (wrong != null) {
            flaw = wrong;
        }
        out.append('"');
        QUOTE.quoteAsString(text, out);
        out.append('"');
    }

    private void number(String text) {
        int e = Math.max(text.indexOf('e'), text.indexOf('E'));
        if (e >= 0) {
            String exponent = text.substring(text.charAt(e + 1) == '+' ? e + 2 : e + 1);
            // Four digits and a sign at most are parsed: longer ones are too large without looking.
            if (exponent.length() > 5 || Math.abs(Integer.parseInt(exponent)) > MAX_EXPONENT) {
                flaw = "the number " + Texts.printable(text) + " beyond 1e" + MAX_EXPONENT;
            }
        }
        out.append(text);
    }

    private static int utf8Length(CharSequence text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Each half of a surrogate pair is two of its four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
