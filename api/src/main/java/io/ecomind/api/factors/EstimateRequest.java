package io.ecomind.api.factors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
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
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.UsageCall;
import io.ecomind.service.AppException;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.JsonFaults;
import io.ecomind.usage.MetadataJson;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.TsBounds;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.UsageRules;
import io.ecomind.usage.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a request for an estimate, validated by the {@link UsageRules} of ingestion. Immutable.
 *
 * @param errors every error of the calls; if there is one, none of the calls is estimated
 * @param factorSet null when the body names none; likewise methodology
 * @param warnings unknown fields: a typo must not become a silent default
 */
record EstimateRequest(
        List<Call> calls,
        List<CallError> errors,
        List<String> warnings,
        @Nullable String factorSet,
        @Nullable String methodology) {
    private static final int MAX_DEPTH = MetadataJson.MAX_DEPTH;
    private static final int MAX_WARNINGS = 50;

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
                        warnings.add("field " + PrintableStrings.quoted(name) + " is unknown and was ignored");
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
        List<CallError> errors = new ArrayList<>();
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
                    : notValid(tooDeep);
        } catch (JsonProcessingException wrong) {
            throw notValid(wrong);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static AppException notValid(JsonProcessingException fault) {
        return new AppException(ErrorCode.INVALID_JSON, "not valid JSON at " + JsonFaults.describe(fault));
    }

    private static @Nullable String choice(JsonNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw QueryParameters.invalid(field + " must be a string, was " + shown(value));
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

    /** The value in words, as the gateway describes it. */
    private static String shown(JsonNode value) {
        try (JsonParser in = value.traverse()) {
            in.nextToken();
            return MetadataJson.describe(in);
        } catch (IOException impossible) {
            throw new UncheckedIOException("a value is read from memory", impossible);
        }
    }

    /** Reads and validates one call. Used once. */
    private static final class Item {
        private final int index;
        private final JsonNode json;
        private final boolean alone;
        private final Instant now;
        private final List<CallError> errors;
        private final Set<String> warnings;
        private final Set<UsageField> rejected = new HashSet<>();
        private final UsageEvent.Builder event = UsageEvent.newBuilder();

        Item(int index, JsonNode json, boolean alone, Instant now, List<CallError> errors, Set<String> warnings) {
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
                errors.add(new CallError(
                        index, ErrorCode.NOT_AN_OBJECT, "", "a call must be an object, was " + shown(json)));
                return null;
            }
            json.fieldNames().forEachRemaining(name -> {
                UsageField field = UsageField.named(name);
                if ((field == null || !FIELDS.contains(field)) && !(alone && OF_BODY.contains(name))) {
                    // Named once, however many calls have it.
                    warnings.add("field " + PrintableStrings.quoted(name) + " is unknown and was ignored");
                }
            });
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
            JsonNode value = json.get(field.wireName());
            if (value == null || value.isNull()) {
                return "";
            }
            if (!value.isTextual()) {
                reject(UsageRules.ofKind(field, shown(value)));
                return "";
            }
            return rejectIfNotNull(UsageRules.ofString(field, value.textValue())) ? "" : value.textValue();
        }

        private void count(UsageField field) {
            JsonNode value = json.get(field.wireName());
            if (value == null || value.isNull()) {
                return;
            }
            if (!value.isIntegralNumber()) {
                reject(UsageRules.ofKind(field, shown(value)));
            } else if (!value.canConvertToLong()) {
                reject(UsageRules.outOfRange(field, value.asText()));
            } else if (!rejectIfNotNull(UsageRules.ofCount(field, value.longValue()))) {
                field.setCount(event, value.longValue());
            }
        }

        private void time() {
            JsonNode value = json.get(UsageField.TS.wireName());
            if (value == null
                    || value.isNull()
                    || (value.isTextual() && value.textValue().isEmpty())) {
                event.setTsMicros(EpochMicros.of(now));
            } else if (!value.isTextual()) {
                reject(UsageRules.ofKind(UsageField.TS, shown(value)));
            } else {
                UsageRules.readTs(value.textValue(), TsBounds.ofEstimate(now), this::reject)
                        .ifPresent(event::setTsMicros);
            }
        }

        private boolean rejectIfNotNull(@Nullable Violation violation) {
            if (violation != null) {
                reject(violation);
            }
            return violation != null;
        }

        private void reject(Violation violation) {
            rejected.add(violation.field());
            errors.add(new CallError(index, violation.code(), violation.field().wireName(), violation.message()));
        }
    }
}
