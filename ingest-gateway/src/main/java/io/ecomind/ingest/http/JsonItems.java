package io.ecomind.ingest.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.ingest.validation.EventDraft;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.ingest.validation.ItemPayload.PayloadStart;
import io.ecomind.ingest.validation.Warnings;
import io.ecomind.service.AppException;
import io.ecomind.usage.JsonFaults;
import io.ecomind.usage.MetadataJson;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.UsageJson;
import io.ecomind.usage.UsageRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the items of a request body, bytes to drafts without a tree between them. Stateless.
 *
 * <p>A fault in the JSON of one document ends the request, because nobody can tell where the next item begins; in
 * NDJSON it ends its line only.
 */
public final class JsonItems {
    private static final int MAX_DEPTH = UsageJson.MAX_DEPTH;

    /** With the code of the character, from 128 on. */
    private static final Pattern BEYOND_ASCII = Pattern.compile(
            "Unexpected character \\('.{1,2}' \\(code (12[89]|1[3-9]\\d|[2-9]\\d\\d|\\d{4,})\\b", Pattern.DOTALL);

    private JsonItems() {}

    /** One object or an array of them. */
    public static List<EventDraft> document(byte[] body, ItemLimits limits, Warnings warnings) {
        List<EventDraft> drafts = new ArrayList<>();
        int start = afterByteOrderMark(body);
        String notUtf8 = findInvalidUtf8(body, start, body.length, 1);
        if (notUtf8 != null) {
            throw new AppException(ErrorCode.INVALID_JSON, notUtf8);
        }
        try (JsonParser in = UsageJson.parser(body, start, body.length - start)) {
            JsonToken first = in.nextToken();
            if (first == null) {
                throw new AppException(ErrorCode.EMPTY_BODY, "the body is empty");
            }
            if (first == JsonToken.START_ARRAY) {
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    add(drafts, item(in, body, start, drafts.size(), limits, warnings));
                }
            } else {
                add(drafts, item(in, body, start, 0, limits, warnings));
            }
            if (in.nextToken() != null) {
                throw new AppException(
                        ErrorCode.INVALID_JSON,
                        "there is more after the JSON value, at " + JsonFaults.line(in.currentTokenLocation(), 1)
                                + "; send several objects as an array or as application/x-ndjson");
            }
            return drafts;
        } catch (JsonProcessingException wrong) {
            throw new AppException(codeOf(wrong), explain(wrong, 1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One object a line. Blank lines do not count. */
    public static List<EventDraft> lines(byte[] body, ItemLimits limits, Warnings warnings) {
        List<EventDraft> drafts = new ArrayList<>();
        int lineNumber = 0;
        for (int from = afterByteOrderMark(body); from < body.length; ) {
            int to = from;
            while (to < body.length && body[to] != '\n') {
                to++;
            }
            lineNumber++;
            if (!isBlank(body, from, to)) {
                add(drafts, line(body, from, to, drafts.size(), lineNumber, limits, warnings));
            }
            from = to + 1;
        }
        if (drafts.isEmpty()) {
            throw new AppException(ErrorCode.EMPTY_BODY, "the body has no line with an object");
        }
        return drafts;
    }

    /** Reads a metadata object that came as text. */
    public static void metadata(String json, EventDraft draft) {
        try (JsonParser in = UsageJson.parser(json)) {
            if (in.nextToken() == null) {
                return;
            }
            metadata(in, draft);
            if (in.nextToken() != null) {
                draft.reject(
                        ErrorCode.FIELD_INVALID,
                        UsageField.METADATA,
                        "metadata must be one object, was followed by more");
            }
        } catch (JsonProcessingException wrong) {
            draft.reject(ErrorCode.FIELD_INVALID, UsageField.METADATA, "metadata must be JSON: " + explain(wrong, 1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void metadata(JsonParser in, EventDraft draft) throws IOException {
        String metadata = MetadataJson.read(in, draft::reject);
        if (metadata != null) {
            draft.put(UsageField.METADATA, metadata);
        }
    }

    private static void add(List<EventDraft> drafts, EventDraft draft) {
        if (drafts.size() == Limits.MAX_ITEMS) {
            throw new AppException(
                    ErrorCode.TOO_MANY_ITEMS,
                    "a request must have at most " + Limits.MAX_ITEMS + " items, this one has more");
        }
        drafts.add(draft);
    }

    private static EventDraft line(
            byte[] body, int from, int to, int index, int lineNumber, ItemLimits limits, Warnings warnings) {
        var draft = new EventDraft(index, max -> PayloadStart.of(body, from, to, max), limits);
        String notUtf8 = findInvalidUtf8(body, from, to, lineNumber);
        if (notUtf8 != null) {
            draft.rejectUnread(ErrorCode.INVALID_JSON, notUtf8);
            return draft;
        }
        try (JsonParser in = UsageJson.parser(body, from, to - from)) {
            in.nextToken();
            item(in, draft, limits, warnings);
            // The rest of a hopeless item is not worth parsing.
            if (!draft.isHopeless() && in.nextToken() != null) {
                draft.rejectUnread(
                        ErrorCode.INVALID_JSON, "line " + lineNumber + " must have one JSON value, has more");
            }
            return draft;
        } catch (JsonProcessingException wrong) {
            // Without what was found before: of a line that is no JSON nothing can be relied on.
            var unreadable = new EventDraft(index, draft.payload(), limits);
            unreadable.rejectUnread(codeOf(wrong), explain(wrong, lineNumber));
            return unreadable;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EventDraft item(
            JsonParser in, byte[] body, int offset, int index, ItemLimits limits, Warnings warnings)
            throws IOException {
        int from = offset + (int) in.currentTokenLocation().getByteOffset();
        int[] to = {body.length};
        var draft = new EventDraft(index, max -> PayloadStart.of(body, from, to[0], max), limits);
        item(in, draft, limits, warnings);
        if (draft.isHopeless()) {
            // Where the next item begins is still to be found.
            skipObject(in);
        }
        to[0] = Math.max(from, offset + (int) in.currentLocation().getByteOffset());
        return draft;
    }

    private static void item(JsonParser in, EventDraft draft, ItemLimits limits, Warnings warnings) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            draft.rejectUnread(ErrorCode.NOT_AN_OBJECT, "an item must be an object, was " + MetadataJson.describe(in));
            in.skipChildren();
        } else {
            fields(in, draft, limits, warnings);
        }
    }

    private static void skipObject(JsonParser in) throws IOException {
        while (in.nextToken() != JsonToken.END_OBJECT) {
            if (in.currentToken() == null) {
                return;
            }
            in.skipChildren();
        }
    }

    private static void fields(JsonParser in, EventDraft draft, ItemLimits limits, Warnings warnings)
            throws IOException {
        long seen = 0;
        Set<String> unknown = Set.of();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            UsageField field = UsageField.named(name);
            if (field == null) {
                unknown = unknown.isEmpty() ? new HashSet<>() : unknown;
                unknown(name, draft, unknown, limits, warnings);
                in.skipChildren();
            } else if ((seen & 1L << field.index()) != 0) {
                if (!draft.isRejected(field)) {
                    draft.reject(ErrorCode.FIELD_INVALID, field, name + " is there twice");
                }
                in.skipChildren();
            } else {
                seen |= 1L << field.index();
                value(in, draft, field);
            }
            if (draft.isHopeless()) {
                return;
            }
        }
    }

    private static void unknown(
            String name, EventDraft draft, Set<String> known, ItemLimits limits, Warnings warnings) {
        if (known.contains(name)) {
            draft.reject(
                    ErrorCode.FIELD_INVALID,
                    PrintableStrings.printable(name),
                    PrintableStrings.quoted(name) + " is there twice");
            return;
        }
        if (known.size() < limits.unknownFields()) {
            known.add(name);
        }
        warnings.unknownField(name, draft.index());
    }

    private static void value(JsonParser in, EventDraft draft, UsageField field) throws IOException {
        JsonToken token = in.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        boolean string = token == JsonToken.VALUE_STRING;
        boolean integer = token == JsonToken.VALUE_NUMBER_INT;
        switch (field.kind()) {
            case STRING, TIME -> string(in, draft, field, string);
            case STRING_OR_INTEGER -> string(in, draft, field, string || integer);
            case INTEGER -> {
                if (integer) {
                    integer(in, draft, field);
                } else {
                    wrongKind(in, draft, field);
                }
            }
            case OBJECT -> metadata(in, draft);
        }
    }

    private static void string(JsonParser in, EventDraft draft, UsageField field, boolean isOfKind) throws IOException {
        if (isOfKind) {
            draft.put(field, in.getText());
        } else {
            wrongKind(in, draft, field);
        }
    }

    private static void integer(JsonParser in, EventDraft draft, UsageField field) throws IOException {
        // Eighteen digits and a sign always fit into a long; more exceed every limit and are costly to convert.
        if (in.getTextLength() <= 19 && in.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            draft.put(field, in.getLongValue());
        } else {
            draft.reject(UsageRules.outOfRange(field, in.getText()));
        }
    }

    private static void wrongKind(JsonParser in, EventDraft draft, UsageField field) throws IOException {
        draft.reject(UsageRules.ofKind(field, MetadataJson.describe(in)));
        in.skipChildren();
    }

    private static ErrorCode codeOf(JsonProcessingException wrong) {
        String message = wrong.getOriginalMessage();
        boolean depth = wrong instanceof StreamConstraintsException && message != null && message.contains("depth");
        return depth ? ErrorCode.NESTING_TOO_DEEP : ErrorCode.INVALID_JSON;
    }

    private static String explain(JsonProcessingException wrong, int firstLine) {
        if (codeOf(wrong) == ErrorCode.NESTING_TOO_DEEP) {
            return "JSON must be nested at most " + MAX_DEPTH + " deep, is deeper at "
                    + JsonFaults.line(wrong.getLocation(), firstLine);
        }
        String reason = beyondAscii(wrong);
        return "not valid JSON at "
                + (reason == null
                        ? JsonFaults.describe(wrong, firstLine)
                        : JsonFaults.line(wrong.getLocation(), firstLine) + ": " + reason);
    }

    /**
     * In words of our own what the parser says of characters beyond ASCII, null for all else: outside of strings it takes each of
     * their bytes for a character, or the bytes, which were checked, for no UTF-8.
     */
    private static @Nullable String beyondAscii(JsonProcessingException wrong) {
        String message = wrong.getOriginalMessage();
        if (message == null) {
            return null;
        }
        return message.startsWith("Invalid UTF-8")
                        || BEYOND_ASCII.matcher(message).lookingAt()
                ? "a character beyond ASCII outside of a string"
                : null;
    }

    /** What is wrong with the bytes, when they are not UTF-8; null when they are. */
    private static @Nullable String findInvalidUtf8(byte[] body, int from, int to, int firstLine) {
        int at = UsageJson.findInvalidUtf8(body, from, to);
        if (at < 0) {
            return null;
        }
        int line = firstLine;
        int lineStart = from;
        for (int i = from; i < at; i++) {
            if (body[i] == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return String.format(
                "not UTF-8 at line %d, byte %d of the line: 0x%02X", line, at - lineStart + 1, body[at] & 0xFF);
    }

    private static int afterByteOrderMark(byte[] body) {
        boolean mark = body.length >= 3 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF;
        return mark ? 3 : 0;
    }

    private static boolean isBlank(byte[] body, int from, int to) {
        for (int i = from; i < to; i++) {
            if (body[i] != ' ' && body[i] != '\t' && body[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
