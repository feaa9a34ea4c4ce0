package io.ecomind.api.factors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.UsageCall;
import io.ecomind.service.AppException;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.JsonFaults;
import io.ecomind.usage.MetadataJson;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.TsBounds;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.UsageJson;
import io.ecomind.usage.UsageRules;
import io.ecomind.usage.Violation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a request for an estimate, validated by the {@link UsageRules} of ingestion. Immutable.
 *
 * @param errors of the calls; if there is one, none of the calls is estimated
 * @param invalidCalls how many have an error
 * @param errorsOmitted errors that are not listed
 * @param factorSet null when the body names none; likewise methodology
 * @param warnings unknown fields: a typo must not become a silent default
 */
record EstimateRequest(
        List<Call> calls,
        List<CallError> errors,
        int invalidCalls,
        int errorsOmitted,
        List<String> warnings,
        @Nullable String factorSet,
        @Nullable String methodology) {
    private static final int MAX_DEPTH = UsageJson.MAX_DEPTH;
    private static final int MAX_WARNINGS = 50;

    /** Errors that are listed beyond the first one of each call. */
    private static final int MAX_OTHER_ERRORS = 1_000;

    private static final Set<String> OF_BODY = Set.of("calls", "factor_set", "methodology");

    /** The fields of a usage event that a call may have: those that the footprint depends on, and the other counts. */
    private static final Set<UsageField> FIELDS = Stream.concat(
                    Stream.of(
                            UsageField.PROVIDER,
                            UsageField.MODEL,
                            UsageField.REGION,
                            UsageField.MODALITY,
                            UsageField.TS),
                    UsageField.COUNTS.stream())
            .collect(Collectors.toUnmodifiableSet());

    /**
     * What is wrong with one call.
     *
     * @param index position of the call in its request
     * @param field empty when no single field is to blame
     * @param message names field, value and limit
     */
    record CallError(int index, ErrorCode code, String field, String message) {}

    /**
     * A valid call.
     *
     * @param event the event that it would be if it were sent; counts that the caller left out are unknown
     * @param counts every count by its field's name; null where the caller left an optional one out, 0 for a required one
     */
    record Call(UsageEvent event, Map<String, @Nullable Long> counts) {
        static Call of(UsageEvent event) {
            Map<String, @Nullable Long> counts = new LinkedHashMap<>();
            for (UsageField field : UsageField.COUNTS) {
                counts.put(field.wireName(), field.isKnown(event) ? field.count(event) : null);
            }
            return new Call(event, counts);
        }

        UsageCall received(Instant at) {
            return UsageRules.toCall(event, EpochMicros.of(at));
        }
    }

    /**
     * Reads a body: one call, an array of calls, or an object with {@code calls}. Calls are read one by one and counted
     * meanwhile, so that a body takes no memory for what it has too much of.
     *
     * @throws AppException when the body as a whole cannot be read or has too many calls
     */
    static EstimateRequest read(byte[] body, Instant now) {
        var text = new InputStreamReader(
                new ByteArrayInputStream(body, afterByteOrderMark(body), body.length), StandardCharsets.UTF_8);
        try (JsonParser in = UsageJson.parser(text)) {
            var reading = new Reading(in, now);
            reading.readBody();
            return reading.toRequest();
        } catch (StreamConstraintsException tooDeep) {
            // The other bounds come with the parser.
            boolean depth = String.valueOf(tooDeep.getMessage()).contains("nesting");
            throw depth
                    ? new AppException(
                            ErrorCode.NESTING_TOO_DEEP, "the body must be nested at most " + MAX_DEPTH + " deep")
                    : notValid(JsonFaults.describe(tooDeep));
        } catch (JsonProcessingException wrong) {
            throw notValid(JsonFaults.describe(wrong));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int afterByteOrderMark(byte[] body) {
        boolean mark = body.length >= 3 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF;
        return mark ? 3 : 0;
    }

    private static AppException notValid(String fault) {
        return new AppException(ErrorCode.INVALID_JSON, "not valid JSON at " + fault);
    }

    /**
     * The value of a field that is known.
     *
     * @param text of a string, or of an integer that is not too long to be one
     * @param shown the value in words, as the gateway describes it
     */
    private record FieldValue(JsonToken token, @Nullable String text, String shown) {
        /** Of what the parser is at, which is skipped. */
        static FieldValue read(JsonParser in) throws IOException {
            JsonToken token = in.currentToken();
            // Nineteen characters always fit into a long or are seen not to; more exceed every limit.
            boolean kept = token == JsonToken.VALUE_STRING
                    || (token == JsonToken.VALUE_NUMBER_INT
                            && in.getTextLength() <= 19
                            && in.getNumberType() != JsonParser.NumberType.BIG_INTEGER);
            var value = new FieldValue(token, kept ? in.getText() : null, MetadataJson.describe(in));
            in.skipChildren();
            return value;
        }

        boolean isString() {
            return token == JsonToken.VALUE_STRING;
        }

        /** Never null for a string. */
        String string() {
            return Objects.requireNonNull(text);
        }
    }

    /** Reads one body. Used once. */
    private static final class Reading {
        private final JsonParser in;
        private final Instant now;
        private final List<Call> calls = new ArrayList<>();
        private final List<CallError> errors = new ArrayList<>();
        private final Set<String> warnings = new LinkedHashSet<>();
        private boolean moreWarnings;
        private int items;
        private int invalid;
        private int otherErrors;
        private int omitted;
        private @Nullable String factorSet;
        private @Nullable String methodology;

        Reading(JsonParser in, Instant now) {
            this.in = in;
            this.now = now;
        }

        void readBody() throws IOException {
            JsonToken first = in.nextToken();
            if (first == null) {
                throw new AppException(ErrorCode.EMPTY_BODY, "the body is empty");
            }
            switch (first) {
                case START_ARRAY -> readCalls();
                case START_OBJECT -> readObject();
                default ->
                    throw new AppException(
                            ErrorCode.NOT_AN_OBJECT,
                            "the body must be a call or an array of calls, was " + MetadataJson.describe(in));
            }
            if (in.nextToken() != null) {
                throw notValid(JsonFaults.line(in.currentTokenLocation(), 1) + ": there is more after the value");
            }
            if (items == 0) {
                throw new AppException(
                        ErrorCode.EMPTY_BODY,
                        "a request must have 1.." + Limits.MAX_ITEMS + " calls, this one has none");
            }
        }

        EstimateRequest toRequest() {
            List<String> listed = new ArrayList<>(warnings);
            if (moreWarnings) {
                listed.set(
                        MAX_WARNINGS - 1,
                        "there are more warnings than the " + (MAX_WARNINGS - 1) + " that are listed");
            }
            return new EstimateRequest(calls, errors, invalid, omitted, listed, factorSet, methodology);
        }

        private void readCalls() throws IOException {
            while (in.nextToken() != JsonToken.END_ARRAY) {
                if (items == Limits.MAX_ITEMS) {
                    throw new AppException(
                            ErrorCode.TOO_MANY_ITEMS,
                            "a request must have at most " + Limits.MAX_ITEMS + " calls, this one has more");
                }
                var item = new Item(items++, this);
                if (in.currentToken() == JsonToken.START_OBJECT) {
                    Map<UsageField, FieldValue> values = new HashMap<>();
                    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                        in.nextToken();
                        readField(name, values);
                    }
                    add(item, values);
                } else {
                    item.add(ErrorCode.NOT_AN_OBJECT, "", "a call must be an object, was " + MetadataJson.describe(in));
                    in.skipChildren();
                }
            }
        }

        /** A call, or an object with calls: which of them is known at the end only. */
        private void readObject() throws IOException {
            Map<UsageField, FieldValue> values = new HashMap<>();
            Set<String> seen = new HashSet<>();
            for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                in.nextToken();
                if (OF_BODY.contains(name) && !seen.add(name)) {
                    throw duplicate(name);
                }
                switch (name) {
                    case "calls" -> {
                        if (in.currentToken() != JsonToken.START_ARRAY) {
                            throw new AppException(
                                    ErrorCode.FIELD_INVALID,
                                    "calls must be an array, was " + MetadataJson.describe(in));
                        }
                        readCalls();
                    }
                    case "factor_set" -> factorSet = choice(name);
                    case "methodology" -> methodology = choice(name);
                    default -> readField(name, values);
                }
            }
            if (seen.contains("calls")) {
                values.keySet().forEach(field -> warnOfUnknown(field.wireName()));
            } else {
                add(new Item(items++, this), values);
            }
        }

        private @Nullable String choice(String field) throws IOException {
            if (in.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            if (in.currentToken() != JsonToken.VALUE_STRING) {
                throw QueryParameters.invalid(field + " must be a string, was " + MetadataJson.describe(in));
            }
            return in.getText();
        }

        private void readField(String name, Map<UsageField, FieldValue> values) throws IOException {
            UsageField field = UsageField.named(name);
            if (field == null || !FIELDS.contains(field)) {
                warnOfUnknown(name);
                in.skipChildren();
            } else if (values.put(field, FieldValue.read(in)) != null) {
                throw duplicate(name);
            }
        }

        private AppException duplicate(String name) {
            return notValid(JsonFaults.line(in.currentTokenLocation(), 1) + ": field '" + name + "' is there twice");
        }

        /** Named once, however many calls have it, and not more of them than are listed. */
        private void warnOfUnknown(String name) {
            if (moreWarnings) {
                return;
            }
            String warning = "field " + PrintableStrings.quoted(name) + " is unknown and was ignored";
            if (warnings.size() < MAX_WARNINGS) {
                warnings.add(warning);
            } else {
                moreWarnings = !warnings.contains(warning);
            }
        }

        private void add(Item item, Map<UsageField, FieldValue> values) {
            Call call = item.read(values);
            // None is estimated when one of them is invalid.
            if (call != null && errors.isEmpty()) {
                calls.add(call);
            }
        }

        private void add(CallError error, boolean first) {
            invalid += first ? 1 : 0;
            if (first || otherErrors++ < MAX_OTHER_ERRORS) {
                errors.add(error);
            } else {
                omitted++;
            }
        }
    }

    /** Validates one call. Used once. */
    private static final class Item {
        private final int index;
        private final Reading request;
        private final Set<UsageField> rejected = new HashSet<>();
        private final UsageEvent.Builder event = UsageEvent.newBuilder();
        private Map<UsageField, FieldValue> values = Map.of();
        private boolean valid = true;

        Item(int index, Reading request) {
            this.index = index;
            this.request = request;
        }

        @Nullable
        Call read(Map<UsageField, FieldValue> fields) {
            values = fields;
            String provider = string(UsageField.PROVIDER);
            if (!rejected.contains(UsageField.PROVIDER)) {
                rejectIfNotNull(UsageRules.ofRequired(UsageField.PROVIDER, provider));
            }
            String modality = string(UsageField.MODALITY);
            rejectIfNotNull(UsageRules.ofModality(modality));
            event.setProvider(provider)
                    .setModel(string(UsageField.MODEL))
                    .setRegion(UsageRules.region(string(UsageField.REGION)))
                    .setModality(modality.isEmpty() ? UsageRules.DEFAULT_MODALITY : modality);
            for (UsageField field : UsageField.COUNTS) {
                count(field);
            }
            time();
            UsageRules.checkParts(event, rejected::contains, this::reject);
            return rejected.isEmpty() ? Call.of(event.build()) : null;
        }

        /** The string; empty when it is absent or rejected. */
        private String string(UsageField field) {
            FieldValue value = present(field);
            if (value == null) {
                return "";
            }
            if (!value.isString()) {
                reject(UsageRules.ofKind(field, value.shown()));
                return "";
            }
            return rejectIfNotNull(UsageRules.ofString(field, value.string())) ? "" : value.string();
        }

        private void count(UsageField field) {
            FieldValue value = present(field);
            if (value == null) {
                return;
            }
            if (value.token() != JsonToken.VALUE_NUMBER_INT) {
                reject(UsageRules.ofKind(field, value.shown()));
            } else if (value.text() == null) {
                reject(UsageRules.outOfRange(field, value.shown()));
            } else {
                long count = Long.parseLong(value.text());
                if (!rejectIfNotNull(UsageRules.ofCount(field, count))) {
                    field.setCount(event, count);
                }
            }
        }

        private void time() {
            FieldValue value = present(UsageField.TS);
            if (value == null || (value.isString() && value.string().isEmpty())) {
                event.setTsMicros(EpochMicros.of(request.now));
            } else if (!value.isString()) {
                reject(UsageRules.ofKind(UsageField.TS, value.shown()));
            } else {
                UsageRules.readTs(value.string(), TsBounds.ofEstimate(request.now), this::reject)
                        .ifPresent(event::setTsMicros);
            }
        }

        /** Null when it is absent or null. */
        private @Nullable FieldValue present(UsageField field) {
            FieldValue value = values.get(field);
            return value == null || value.token() == JsonToken.VALUE_NULL ? null : value;
        }

        private boolean rejectIfNotNull(@Nullable Violation violation) {
            if (violation != null) {
                reject(violation);
            }
            return violation != null;
        }

        private void reject(Violation violation) {
            rejected.add(violation.field());
            add(violation.code(), violation.field().wireName(), violation.message());
        }

        void add(ErrorCode code, String field, String message) {
            request.add(new CallError(index, code, field, message), valid);
            valid = false;
        }
    }
}
