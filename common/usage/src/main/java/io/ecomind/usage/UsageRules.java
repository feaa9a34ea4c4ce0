package io.ecomind.usage;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.UsageEventOrBuilder;
import io.ecomind.footprint.UsageCall;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a valid usage event is: the gateway, the estimate and the jobs ask these rules and give their own form to what they
 * answer. Stateless. A rule that holds allocates nothing, because the jobs ask for every event.
 */
public final class UsageRules {
    /** The modality of an event that names none. */
    public static final String DEFAULT_MODALITY = "text";

    private static final Set<String> MODALITIES =
            Set.of(DEFAULT_MODALITY, "embedding", "rerank", "image", "audio", "video");

    /** What stands for a region that the sender does not know. */
    private static final String UNKNOWN_REGION = "UNKNOWN";

    /** The names that are the key of a daily total together. */
    private static final List<UsageField> NAMES = List.of(
            UsageField.USER_ID,
            UsageField.PROJECT,
            UsageField.ENVIRONMENT,
            UsageField.SOURCE,
            UsageField.PROVIDER,
            UsageField.MODEL,
            UsageField.REGION);

    private static final List<Whole> WHOLES = wholes();

    /** A token class that includes others, and the fields of those. */
    private record Whole(UsageField field, List<UsageField> parts) {}

    private UsageRules() {}

    /** A value of another kind than the field's; {@code found} describes it. */
    public static Violation ofKind(UsageField field, String found) {
        return new Violation(
                field.kind() == UsageField.Kind.TIME ? ErrorCode.TS_INVALID : ErrorCode.FIELD_INVALID,
                field,
                field.wireName() + " must be " + field.kind().description() + ", was " + found);
    }

    /** Characters and length of a string; null when they are allowed. */
    public static @Nullable Violation ofString(UsageField field, String string) {
        String illegal = PrintableStrings.findIllegalCharacter(string, false);
        if (illegal != null) {
            return new Violation(ErrorCode.FIELD_INVALID, field, field.wireName() + " must not contain " + illegal);
        }
        if (string.length() > field.max()) {
            int characters = string.codePointCount(0, string.length());
            if (characters > field.max()) {
                return new Violation(
                        ErrorCode.FIELD_TOO_LONG,
                        field,
                        field.wireName() + " must be at most " + field.max() + " characters, was " + characters);
            }
        }
        return null;
    }

    /** A string that an event must have; null when it is not blank. */
    public static @Nullable Violation ofRequired(UsageField field, String string) {
        return string.isBlank()
                ? new Violation(ErrorCode.FIELD_MISSING, field, field.wireName() + " must not be empty")
                : null;
    }

    /** A number within the field's limits; null when it is. */
    public static @Nullable Violation ofCount(UsageField field, long value) {
        return value >= 0 && value <= field.max() ? null : outOfRange(field, Long.toString(value));
    }

    /** A number that no long holds, or that is out of the field's limits otherwise. */
    public static Violation outOfRange(UsageField field, String value) {
        return new Violation(
                ErrorCode.FIELD_OUT_OF_RANGE,
                field,
                field.wireName() + " must be 0.." + field.max() + ", was " + PrintableStrings.printable(value));
    }

    /** A required number that is absent. */
    public static Violation missingCount(UsageField field) {
        return new Violation(
                ErrorCode.FIELD_MISSING, field, field.wireName() + " must be an integer 0.." + field.max());
    }

    /** A modality that is known, or none; null when it is. */
    public static @Nullable Violation ofModality(String modality) {
        return modality.isEmpty() || MODALITIES.contains(modality)
                ? null
                : new Violation(
                        ErrorCode.FIELD_INVALID,
                        UsageField.MODALITY,
                        "modality must be text, embedding, rerank, image, audio or video, was "
                                + PrintableStrings.quoted(modality));
    }

    /** The region as it is stored: empty when the sender does not know it. */
    public static String region(String sent) {
        return sent.equalsIgnoreCase(UNKNOWN_REGION) ? "" : sent;
    }

    /** Reads a ts as microseconds since 1970; empty, with a violation, when it is not a time within the bounds. */
    public static OptionalLong readTs(String ts, TsBounds bounds, Consumer<Violation> violations) {
        long micros;
        try {
            micros = Rfc3339.parseMicros(ts);
        } catch (DateTimeException wrong) {
            String reason = String.valueOf(wrong.getMessage());
            violations.accept(
                    ofTs(ErrorCode.TS_INVALID, reason.startsWith("must") ? reason : "must be a date: " + reason, ts));
            return OptionalLong.empty();
        }
        if (micros > bounds.latestMicros()) {
            String latest = "must be at most " + Limits.MAX_AHEAD.toMinutes() + " minutes ahead of now";
            violations.accept(ofTs(ErrorCode.TS_TOO_FAR_AHEAD, latest, ts));
            return OptionalLong.empty();
        }
        if (micros < bounds.earliestMicros()) {
            violations.accept(ofTs(ErrorCode.TS_TOO_OLD, "must be " + bounds.earliest(), ts));
            return OptionalLong.empty();
        }
        return OptionalLong.of(micros);
    }

    private static Violation ofTs(ErrorCode code, String rule, String ts) {
        return new Violation(code, UsageField.TS, "ts " + rule + ", was " + PrintableStrings.quoted(ts));
    }

    /**
     * No whole has fewer tokens than its parts together.
     *
     * @param isRejected the fields whose values cannot be compared
     */
    public static void checkParts(
            UsageEventOrBuilder event, Predicate<UsageField> isRejected, Consumer<Violation> violations) {
        for (int i = 0; i < WHOLES.size(); i++) {
            Whole whole = WHOLES.get(i);
            Violation violation = ofParts(event, whole);
            if (violation != null
                    && !isRejected.test(whole.field)
                    && whole.parts.stream().noneMatch(isRejected)) {
                violations.accept(violation);
            }
        }
    }

    private static @Nullable Violation ofParts(UsageEventOrBuilder event, Whole whole) {
        long all = whole.field.count(event);
        long parts = 0;
        for (int i = 0; i < whole.parts.size(); i++) {
            parts += whole.parts.get(i).count(event);
        }
        if (parts <= all) {
            return null;
        }
        UsageField blamed = whole.parts.stream()
                .filter(part -> part.isKnown(event))
                .findFirst()
                .orElse(whole.field);
        return new Violation(
                ErrorCode.FIELD_OUT_OF_RANGE,
                blamed,
                whole.parts.stream().map(UsageField::wireName).collect(Collectors.joining(" + ")) + " must be at most "
                        + whole.field.wireName() + " (" + all + "), was " + parts);
    }

    /** The names of an event together, which are one key of a daily total; null when it is short enough. */
    public static @Nullable Violation ofNames(UsageEventOrBuilder event) {
        int bytes = 0;
        for (int i = 0; i < NAMES.size(); i++) {
            bytes += PrintableStrings.utf8Length(NAMES.get(i).string(event));
        }
        return bytes <= Limits.MAX_NAMES_BYTES
                ? null
                : new Violation(
                        ErrorCode.FIELD_TOO_LONG,
                        UsageField.USER_ID,
                        "user_id, project, environment, source, provider, model and region must be at most "
                                + Limits.MAX_NAMES_BYTES + " bytes together, were " + bytes);
    }

    /** The first rule that a finished event does not keep, apart from its times; null when it is valid. */
    public static @Nullable Violation findViolation(UsageEventOrBuilder event) {
        for (int i = 0; i < UsageField.STRINGS.size(); i++) {
            UsageField field = UsageField.STRINGS.get(i);
            Violation violation = ofString(field, field.string(event));
            if (violation != null) {
                return violation;
            }
        }
        Violation missing = ofRequired(UsageField.USER_ID, event.getUserId());
        if (missing == null) {
            missing = ofRequired(UsageField.PROVIDER, event.getProvider());
        }
        if (missing != null) {
            return missing;
        }
        for (int i = 0; i < UsageField.COUNTS.size(); i++) {
            UsageField field = UsageField.COUNTS.get(i);
            Violation violation = ofCount(field, field.count(event));
            if (violation != null) {
                return violation;
            }
        }
        for (int i = 0; i < WHOLES.size(); i++) {
            Violation violation = ofParts(event, WHOLES.get(i));
            if (violation != null) {
                return violation;
            }
        }
        Violation violation = ofModality(event.getModality());
        if (violation == null) {
            violation = ofNames(event);
        }
        return violation == null ? MetadataJson.findViolation(event.getMetadataJson()) : violation;
    }

    /** The event as a call that is rated, received at the given moment. */
    public static UsageCall toCall(UsageEventOrBuilder event, long receivedAtMicros) {
        return new UsageCall(
                event.getProvider(),
                event.getModel(),
                event.getRegion(),
                event.getModality(),
                event.getTokensIn(),
                event.getTokensOut(),
                TokenClass.cacheHits(event),
                event.getLatencyMs(),
                event.getUnits(),
                event.getTsMicros(),
                receivedAtMicros);
    }

    private static List<Whole> wholes() {
        Map<TokenClass, List<UsageField>> parts = new EnumMap<>(TokenClass.class);
        for (TokenClass tokens : TokenClass.values()) {
            TokenClass whole = tokens.whole();
            if (whole != null) {
                parts.computeIfAbsent(whole, none -> new ArrayList<>()).add(UsageField.of(tokens));
            }
        }
        return parts.entrySet().stream()
                .map(whole -> new Whole(UsageField.of(whole.getKey()), List.copyOf(whole.getValue())))
                .toList();
    }
}
