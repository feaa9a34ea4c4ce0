package io.ecomind.api.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.http.GzipBody;
import io.ecomind.service.http.RequestMemory;
import io.ecomind.usage.JsonFaults;
import io.ecomind.usage.UsageJson;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object that a request for a change brings, read by field. Immutable. What is unknown, of another type or too
 * long is rejected: a typo must not become a silent default.
 */
public final class JsonBody {
    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_DEPTH = 8;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonNode object;

    private JsonBody(JsonNode object) {
        this.object = object;
    }

    /**
     * Reads the body of a request.
     *
     * @param fields the names that it may have
     * @throws AppException when it is no such object
     */
    public static JsonBody read(Context ctx, Set<String> fields) throws IOException {
        byte[] bytes = bytes(ctx, MAX_BYTES);
        JsonNode object = parse(bytes);
        object.fieldNames().forEachRemaining(name -> {
            if (!fields.contains(name)) {
                throw new AppException(
                        ErrorCode.FIELD_INVALID,
                        "unknown field '" + QueryParameters.shortened(name) + "'; known are "
                                + String.join(", ", new TreeSet<>(fields)));
            }
        });
        return new JsonBody(object);
    }

    /**
     * The bytes of a JSON body, inflated when they came as gzip.
     *
     * @throws AppException UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_ENCODING, BODY_TOO_LARGE as soon as the limit is passed,
     *     INVALID_GZIP when gzip is not intact, RATE_LIMITED or UNAVAILABLE when too much is held in memory, or INVALID_JSON
     *     when the bytes are not UTF-8
     */
    public static byte[] bytes(Context ctx, int maxBytes) throws IOException {
        String type = ctx.contentType();
        if (type == null
                || !type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals("application/json")) {
            throw new AppException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json");
        }
        String encoding = ctx.header("Content-Encoding");
        byte[] bytes = switch (encoding == null ? "" : encoding.trim().toLowerCase(Locale.ROOT)) {
            case "", "identity" -> RequestMemory.body(ctx);
            case "gzip", "x-gzip" -> GzipBody.inflate(ctx, maxBytes);
            default ->
                throw new AppException(
                        ErrorCode.UNSUPPORTED_ENCODING,
                        "Content-Encoding must be gzip or identity, was "
                                + QueryParameters.shortened(String.valueOf(encoding)));
        };
        if (bytes.length > maxBytes) {
            throw new AppException(
                    ErrorCode.BODY_TOO_LARGE,
                    "the body must be at most " + maxBytes + " bytes after inflation, is more");
        }
        int notUtf8 = UsageJson.findInvalidUtf8(bytes, 0, bytes.length);
        if (notUtf8 >= 0) {
            throw new AppException(
                    ErrorCode.INVALID_JSON,
                    String.format(
                            "the body must be UTF-8, byte %d is not: 0x%02X", notUtf8 + 1, bytes[notUtf8] & 0xFF));
        }
        return bytes;
    }

    private static JsonNode parse(byte[] bytes) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException wrong) {
            throw new AppException(ErrorCode.INVALID_JSON, "not valid JSON at " + JsonFaults.describe(wrong));
        }
        if (root == null || root.isMissingNode()) {
            throw new AppException(ErrorCode.EMPTY_BODY, "the body is empty");
        }
        if (!root.isObject()) {
            throw new AppException(ErrorCode.NOT_AN_OBJECT, "the body must be an object");
        }
        return root;
    }

    /** A string of 1 to {@code maxLength} characters that are not all blank; null when absent or null. */
    public @Nullable String string(String field, int maxLength) {
        JsonNode value = object.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        // PostgreSQL stores no NUL and no half of a surrogate pair.
        if (!value.isTextual()
                || value.textValue().isBlank()
                || value.textValue().codePoints().anyMatch(c -> c == 0 || (c >= 0xD800 && c <= 0xDFFF))) {
            throw new AppException(
                    ErrorCode.FIELD_INVALID,
                    field + " must be a string that is not blank, without NUL, was "
                            + QueryParameters.shortened(value.toString()));
        }
        int length = value.textValue().codePointCount(0, value.textValue().length());
        if (length > maxLength) {
            throw new AppException(
                    ErrorCode.FIELD_TOO_LONG, field + " must be at most " + maxLength + " characters, was " + length);
        }
        return value.textValue();
    }

    /** The same where the field must be there. */
    public String requiredString(String field, int maxLength) {
        String value = string(field, maxLength);
        if (value == null) {
            throw new AppException(ErrorCode.FIELD_MISSING, field + " is required");
        }
        return value;
    }
}
