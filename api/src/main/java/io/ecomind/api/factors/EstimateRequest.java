package io.ecomind.api.factors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.footprint.UsageCall;
import io.ecomind.service.AppException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a request for an estimate, checked by the rules of ingestion. Immutable.
 *
 * @param errors all that is wrong with the calls; then none of them is estimated
 * @param factorSet null when the body names none; likewise methodology
 * @param warnings unknown fields: a typo must not become a silent default
 */
record EstimateRequest(
        List<Call> calls,
        List<ItemError> errors,
        List<String> warnings,
        @Nullable String factorSet,
        @Nullable String methodology) {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_WARNINGS = 50;
    private static final int MAX_SHOWN = 40;
    private static final int MAX_MESSAGE = 160;

    /** A day, as the gateway allows. */
    private static final long MAX_LATENCY_MILLIS = 86_400_000;

    private static final Set<String> MODALITIES = Set.of("text", "embedding", "rerank", "image", "audio", "video");
    private static final Set<String> OF_BODY = Set.of("calls", "factor_set", "methodology");
    private static final Map<String, Integer> TEXTS = Map.of(
            "provider", Limits.MAX_PROVIDER,
            "model", Limits.MAX_MODEL,
            "region", Limits.MAX_REGION,
            "modality", 16,
            "ts", 64);
    private static final Map<String, Long> COUNTS = Map.of(
            "tokens_in", Limits.MAX_TOKENS,
            "tokens_out", Limits.MAX_TOKENS,
            "tokens_cache_read", Limits.MAX_TOKENS,
            "tokens_cache_write", Limits.MAX_TOKENS,
            "tokens_reasoning", Limits.MAX_TOKENS,
            "latency_ms", MAX_LATENCY_MILLIS,
            "units", Limits.MAX_TOKENS);
    private static final Pattern RFC_3339 =
            Pattern.compile("\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?(?:[Zz]|[+-]\\d{2}:\\d{2})");

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * What is wrong with one call.
     *
     * @param index position of the call in its request
     * @param field empty when no single field is to blame
     * @param message names field, value and limit
     */
    record ItemError(int index, ErrorCode code, String field, String message) {}

    /** A call as it was understood; null for what was not said. */
    record Call(
            String provider,
            String model,
            long tokensIn,
            long tokensOut,
            @Nullable Long tokensCacheRead,
            @Nullable Long tokensCacheWrite,
            @Nullable Long tokensReasoning,
            @Nullable Long latencyMs,
            String modality,
            @Nullable Long units,
            String region,
            Instant ts) {
        UsageCall received(Instant at) {
            return new UsageCall(
                    provider,
                    model,
                    region,
                    modality,
                    tokensIn,
                    tokensOut,
                    zero(tokensCacheRead),
                    zero(latencyMs),
                    zero(units),
                    OverrideStore.micros(ts),
                    OverrideStore.micros(at));
        }

        private static long zero(@Nullable Long value) {
            return value == null ? 0 : value;
        }
    }

    /**
     * Reads a body: one call, an array of calls, or an object with {@code calls}.
     *
     * @throws AppException when the body as a whole cannot be read or has too many calls
     */
    static EstimateRequest read(byte[] body, Instant now) {
        JsonNode root = parse(body);
        Set<String> warnings = new LinkedHashSet<>();
        String factorSet = null;
        String methodology = null;
        boolean alone = false;
        Iterable<JsonNode> items;
        if (root.isArray()) {
            items = root;
        } else if (root.isObject()) {
            factorSet = choice(root, "factor_set");
            methodology = choice(root, "methodology");
            JsonNode calls = root.get("calls");
            if (calls == null) {
                alone = true;
                items = List.of(root);
            } else if (calls.isArray()) {
                items = calls;
                root.fieldNames().forEachRemaining(name -> {
                    if (!OF_BODY.contains(name)) {
                        warnings.add("field " + quoted(name) + " is unknown and was ignored");
                    }
                });
            } else {
                throw new AppException(ErrorCode.FIELD_INVALID, "calls must be an array, was " + shown(calls));
            }
        } else {
            throw new AppException(
                    ErrorCode.NOT_AN_OBJECT, "the body must be a call or an array of calls, was " + shown(root));
        }
        List<JsonNode> all = new ArrayList<>();
        for (JsonNode item : items) {
            if (all.size() == Limits.MAX_ITEMS) {
                throw new AppException(
                        ErrorCode.TOO_MANY_ITEMS,
                        "a request must have at most " + Limits.MAX_ITEMS + " calls, this one has more");
            }
            all.add(item);
        }
        if (all.isEmpty()) {
            throw new AppException(
                    ErrorCode.EMPTY_BODY, "a request must have 1.." + Limits.MAX_ITEMS + " calls, this one has none");
        }
        List<Call> calls = new ArrayList<>();
        List<ItemError> errors = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Call call = new Item(i, all.get(i), alone, now, errors, warnings).read();
            if (call != null) {
                calls.add(call);
            }
        }
        return new EstimateRequest(calls, errors, limited(warnings), factorSet, methodology);
    }

    private static JsonNode parse(byte[] body) {
        try {
            JsonNode root = JSON.readTree(body);
            if (root == null || root.isMissingNode()) {
                throw new AppException(ErrorCode.EMPTY_BODY, "the body is empty");
            }
            return root;
        } catch (StreamConstraintsException tooDeep) {
            // The other bounds, such as a number's digits, come with the parser.
            boolean depth = String.valueOf(tooDeep.getMessage()).contains("nesting");
            throw depth
                    ? new AppException(
                            ErrorCode.NESTING_TOO_DEEP, "the body must be nested at most " + MAX_DEPTH + " deep")
                    : new AppException(ErrorCode.INVALID_JSON, cut(tooDeep.getOriginalMessage(), MAX_MESSAGE));
        } catch (JsonProcessingException wrong) {
            JsonLocation at = wrong.getLocation();
            throw new AppException(
                    ErrorCode.INVALID_JSON,
                    "not valid JSON" + (at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr())
                            + ": " + cut(wrong.getOriginalMessage(), MAX_MESSAGE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable String choice(JsonNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw QueryParameters.invalid(field + " must be a text, was " + shown(value));
        }
        return value.textValue();
    }

    private static List<String> limited(Set<String> warnings) {
        List<String> list = new ArrayList<>(warnings);
        return list.size() <= MAX_WARNINGS
                ? list
                : concat(
                        list.subList(0, MAX_WARNINGS - 1),
                        "there are more warnings than the " + (MAX_WARNINGS - 1) + " that are listed");
    }

    private static List<String> concat(List<String> list, String last) {
        List<String> all = new ArrayList<>(list);
        all.add(last);
        return all;
    }

    private static String shown(JsonNode value) {
        return value.isTextual()
                ? quoted(value.textValue())
                : value.isObject() ? "an object" : value.isArray() ? "an array" : printable(value.asText());
    }

    private static String quoted(String text) {
        return '"' + printable(text) + '"';
    }

    private static String printable(String text) {
        return cut(text, MAX_SHOWN);
    }

    /** Cut, and without what a log or terminal would trip over. */
    private static String cut(@Nullable String text, int characters) {
        String whole = String.valueOf(text);
        boolean longer = whole.codePointCount(0, whole.length()) > characters;
        String start = longer ? whole.substring(0, whole.offsetByCodePoints(0, characters)) + "…" : whole;
        return start.replaceAll("[\\p{Cntrl}\\p{Cs}]", "\uFFFD");
    }

    /** One call on its way from JSON. Used once. */
    private static final class Item {
        private final int index;
        private final JsonNode json;
        private final boolean alone;
        private final Instant now;
        private final List<ItemError> errors;
        private final Set<String> warnings;
        private boolean sound = true;

        Item(int index, JsonNode json, boolean alone, Instant now, List<ItemError> errors, Set<String> warnings) {
            this.index = index;
            this.json = json;
            this.alone = alone;
            this.now = now;
            this.errors = errors;
            this.warnings = warnings;
        }

        @Nullable
        Call read() {
            if (!json.isObject()) {
                refuse(ErrorCode.NOT_AN_OBJECT, "", "a call must be an object, was " + shown(json));
                return null;
            }
            json.fieldNames().forEachRemaining(name -> {
                if (!TEXTS.containsKey(name) && !COUNTS.containsKey(name) && !(alone && OF_BODY.contains(name))) {
                    // Named once, however many calls have it.
                    warnings.add("field " + quoted(name) + " is unknown and was ignored");
                }
            });
            String provider = text("provider");
            if (provider != null && provider.isBlank()) {
                refuse(ErrorCode.FIELD_MISSING, "provider", "provider must not be empty");
            }
            String model = text("model");
            String region = text("region");
            String modality = text("modality");
            if (modality != null && !modality.isEmpty() && !MODALITIES.contains(modality)) {
                refuse(
                        ErrorCode.FIELD_INVALID,
                        "modality",
                        "modality must be text, embedding, rerank, image, audio or video, was " + quoted(modality));
            }
            Long in = count("tokens_in");
            Long out = count("tokens_out");
            Long read = count("tokens_cache_read");
            Long write = count("tokens_cache_write");
            Long reasoning = count("tokens_reasoning");
            Long latency = count("latency_ms");
            Long units = count("units");
            Instant ts = time(text("ts"));
            if (sound) {
                parts(zero(in), zero(out), read, write, reasoning);
            }
            if (!sound || provider == null || model == null || region == null || modality == null || ts == null) {
                return null;
            }
            return new Call(
                    provider,
                    model,
                    zero(in),
                    zero(out),
                    read,
                    write,
                    reasoning,
                    latency,
                    modality.isEmpty() ? "text" : modality,
                    units,
                    region.equalsIgnoreCase("UNKNOWN") ? "" : region,
                    ts);
        }

        private void parts(long in, long out, @Nullable Long read, @Nullable Long write, @Nullable Long reasoning) {
            long cached = zero(read) + zero(write);
            if (cached > in) {
                refuse(
                        ErrorCode.FIELD_OUT_OF_RANGE,
                        read != null ? "tokens_cache_read" : "tokens_cache_write",
                        "tokens_cache_read + tokens_cache_write must be at most tokens_in (" + in + "), was " + cached);
            }
            if (zero(reasoning) > out) {
                refuse(
                        ErrorCode.FIELD_OUT_OF_RANGE,
                        "tokens_reasoning",
                        "tokens_reasoning must be at most tokens_out (" + out + "), was " + reasoning);
            }
        }

        /** The text, empty when absent, null when refused. */
        private @Nullable String text(String field) {
            JsonNode value = json.get(field);
            if (value == null || value.isNull()) {
                return "";
            }
            int max = TEXTS.getOrDefault(field, 0);
            if (!value.isTextual()) {
                return refuse(
                        field.equals("ts") ? ErrorCode.TS_INVALID : ErrorCode.FIELD_INVALID,
                        field,
                        field + " must be " + (field.equals("ts") ? "an RFC 3339 text" : "a text") + ", was "
                                + shown(value));
            }
            String text = value.textValue();
            if (text.codePoints().anyMatch(c -> c < ' ' || (c >= 0xD800 && c <= 0xDFFF))) {
                return refuse(
                        ErrorCode.FIELD_INVALID,
                        field,
                        field + " must not contain control characters or lone surrogates, was " + quoted(text));
            }
            int characters = text.codePointCount(0, text.length());
            if (characters > max) {
                return refuse(
                        ErrorCode.FIELD_TOO_LONG,
                        field,
                        field + " must be at most " + max + " characters, was " + characters);
            }
            return text;
        }

        /** The number; null when absent or refused. */
        private @Nullable Long count(String field) {
            JsonNode value = json.get(field);
            if (value == null || value.isNull()) {
                return null;
            }
            long max = COUNTS.getOrDefault(field, 0L);
            if (!value.isIntegralNumber()) {
                refuse(ErrorCode.FIELD_INVALID, field, field + " must be an integer, was " + shown(value));
                return null;
            }
            BigInteger number = value.bigIntegerValue();
            if (number.signum() < 0 || number.compareTo(BigInteger.valueOf(max)) > 0) {
                refuse(ErrorCode.FIELD_OUT_OF_RANGE, field, field + " must be 0.." + max + ", was " + shown(value));
                return null;
            }
            return number.longValueExact();
        }

        private @Nullable Instant time(@Nullable String text) {
            if (text == null || text.isEmpty()) {
                return text == null ? null : now;
            }
            Instant ts;
            try {
                if (!RFC_3339.matcher(text).matches()) {
                    throw new DateTimeParseException("no RFC 3339", text, 0);
                }
                ts = OffsetDateTime.parse(text.toUpperCase(Locale.ROOT).replace(' ', 'T'))
                        .toInstant();
            } catch (DateTimeParseException notATime) {
                refuse(
                        ErrorCode.TS_INVALID,
                        "ts",
                        "ts must be an RFC 3339 time such as 2026-01-31T12:00:00Z, was " + quoted(text));
                return null;
            }
            if (ts.isAfter(now.plus(Limits.MAX_AHEAD))) {
                refuse(
                        ErrorCode.TS_TOO_FAR_AHEAD,
                        "ts",
                        "ts must be at most " + Limits.MAX_AHEAD.toMinutes() + " minutes ahead of now, was "
                                + quoted(text));
            } else if (ts.isBefore(now.minus(Limits.RETENTION))) {
                refuse(
                        ErrorCode.TS_TOO_OLD,
                        "ts",
                        "ts must be at most " + Limits.RETENTION.toDays() + " days old, was " + quoted(text));
            }
            return ts;
        }

        private @Nullable String refuse(ErrorCode code, String field, String message) {
            sound = false;
            errors.add(new ItemError(index, code, field, message));
            return null;
        }

        private static long zero(@Nullable Long value) {
            return value == null ? 0 : value;
        }
    }
}
