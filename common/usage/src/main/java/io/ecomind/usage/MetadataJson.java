package io.ecomind.usage;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies a metadata object into compact JSON that PostgreSQL's jsonb accepts: no control characters but whitespace, no lone
 * surrogates, no number that its numeric type cannot hold, no key twice. Not thread-safe; one use.
 */
public final class MetadataJson {
    /** Levels of objects and arrays in metadata. */
    public static final int MAX_DEPTH = UsageJson.MAX_DEPTH;

    /** jsonb keeps numbers as numeric, which ends at 131,072 digits. */
    private static final int MAX_EXPONENT = 1_000;

    private static final int MAX_NUMBER_CHARACTERS = 1_000;

    private static final JsonStringEncoder QUOTE = JsonStringEncoder.getInstance();

    private final JsonParser in;
    private final StringBuilder out = new StringBuilder(128);
    private final ArrayDeque<Set<String>> keys = new ArrayDeque<>();
    private @Nullable String illegal;
    private boolean tooLong;

    private MetadataJson(JsonParser in) {
        this.in = in;
    }

    /**
     * Reads the value at the parser's current token, to its end.
     *
     * @return compact JSON; null when there is a violation, or when the object is empty and so the same as none
     */
    public static @Nullable String read(JsonParser in, Consumer<Violation> violations) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            violations.accept(UsageRules.ofKind(UsageField.METADATA, describe(in)));
            in.skipChildren();
            return null;
        }
        var copy = new MetadataJson(in);
        copy.copy();
        if (copy.illegal != null) {
            violations.accept(invalid("must not contain " + copy.illegal));
            return null;
        }
        if (copy.tooLong || PrintableStrings.utf8Length(copy.out) > Limits.MAX_METADATA_BYTES) {
            violations.accept(tooLong());
            return null;
        }
        return copy.out.length() > 2 ? copy.out.toString() : null;
    }

    /** The first rule that the metadata of an event does not keep; null when it is valid or there is none. */
    public static @Nullable Violation findViolation(String metadata) {
        if (metadata.isEmpty()) {
            return null;
        }
        if (PrintableStrings.utf8Length(metadata) > Limits.MAX_METADATA_BYTES) {
            return tooLong();
        }
        try (JsonParser in = UsageJson.parser(metadata)) {
            Violation[] first = new Violation[1];
            if (in.nextToken() == null) {
                return invalid("must be an object, was blank");
            }
            read(in, violation -> first[0] = violation);
            if (first[0] == null && in.nextToken() != null) {
                return invalid("must be one object, was followed by more");
            }
            return first[0];
        } catch (JsonProcessingException wrong) {
            return invalid("must be JSON, at most " + MAX_DEPTH + " levels deep");
        } catch (IOException impossible) {
            throw new UncheckedIOException("metadata is read from memory", impossible);
        }
    }

    /** The value at the parser's current token, in words for a message. */
    public static String describe(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "the string " + PrintableStrings.quoted(in.getText());
            default -> PrintableStrings.printable(in.getText());
        };
    }

    private static Violation invalid(String rule) {
        return new Violation(ErrorCode.FIELD_INVALID, UsageField.METADATA, "metadata " + rule);
    }

    private static Violation tooLong() {
        return new Violation(
                ErrorCode.FIELD_TOO_LONG,
                UsageField.METADATA,
                "metadata must be at most " + Limits.MAX_METADATA_BYTES + " bytes of compact JSON, was more");
    }

    private void copy() throws IOException {
        int depth = 0;
        boolean first = true;
        do {
            if (isHopeless()) {
                // What is rejected is parsed to its end and not kept.
                depth = depthAfter(depth);
                continue;
            }
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
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(in.getText());
                default -> out.append(in.getText());
            }
            tooLong |= out.length() > Limits.MAX_METADATA_BYTES;
        } while (depth > 0 && in.nextToken() != null);
    }

    private boolean isHopeless() {
        return tooLong || illegal != null;
    }

    private int depthAfter(int depth) {
        JsonToken token = in.currentToken();
        if (token.isStructStart()) {
            return depth + 1;
        }
        return token.isStructEnd() ? depth - 1 : depth;
    }

    private void key(String name) {
        if (!keys.getFirst().add(name)) {
            illegal = "the key " + PrintableStrings.quoted(name) + " twice";
        }
        string(name);
        out.append(':');
    }

    private void string(String text) {
        if (text.length() > Limits.MAX_METADATA_BYTES) {
            tooLong = true;
            return;
        }
        String wrong = PrintableStrings.findIllegalCharacter(text, true);
        if (wrong != null) {
            illegal = wrong;
        }
        out.append('"');
        QUOTE.quoteAsString(text, out);
        out.append('"');
    }

    private void number(String text) {
        if (text.length() > MAX_NUMBER_CHARACTERS) {
            illegal = "a number of more than " + MAX_NUMBER_CHARACTERS + " characters, was " + text.length();
            return;
        }
        int e = Math.max(text.indexOf('e'), text.indexOf('E'));
        if (e >= 0) {
            String exponent = text.substring(text.charAt(e + 1) == '+' ? e + 2 : e + 1);
            // Only four digits and a sign are parsed; a longer exponent is over the limit or written with needless
            // zeros.
            if (exponent.length() > 5 || Math.abs(Integer.parseInt(exponent)) > MAX_EXPONENT) {
                illegal = "the number " + PrintableStrings.printable(text) + " beyond 1e" + MAX_EXPONENT;
            }
        }
        out.append(text);
    }
}
