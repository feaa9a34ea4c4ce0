package io.ecomind.usage;

import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.contracts.v1.UsageEventOrBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a usage event as senders write them, with their kind, their limit and their place in the protobuf messages.
 * Constants only; the fields of token counts come from {@link TokenClass}.
 */
public final class UsageField {
    /** How a value looks in JSON. */
    public enum Kind {
        STRING("a string"),
        INTEGER("an integer"),
        STRING_OR_INTEGER("a string or an integer"),
        TIME("an RFC 3339 string"),
        OBJECT("an object");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        /** The kind with its article, for a message. */
        String description() {
            return description;
        }
    }

    /** A day: longer than any call that a provider keeps open. */
    private static final long MAX_LATENCY_MILLIS = 86_400_000;

    private static final int MAX_ORG_ID = 64;
    private static final int MAX_MODALITY = 16;
    /** Longer than any RFC 3339 time with nine digits of a fraction. */
    private static final int MAX_TS = 64;

    private static final List<UsageField> DECLARED = new ArrayList<>();

    public static final UsageField ID = string("id", Limits.MAX_ID, UsageEventOrBuilder::getId, IngestItem::getId);
    public static final UsageField ORG_ID =
            string("org_id", MAX_ORG_ID, UsageEventOrBuilder::getOrgId, IngestItem::getOrgId);
    public static final UsageField USER_ID =
            string("user_id", Limits.MAX_USER_ID, UsageEventOrBuilder::getUserId, IngestItem::getUserId);
    public static final UsageField PROVIDER =
            string("provider", Limits.MAX_PROVIDER, UsageEventOrBuilder::getProvider, IngestItem::getProvider);
    public static final UsageField MODEL =
            string("model", Limits.MAX_MODEL, UsageEventOrBuilder::getModel, IngestItem::getModel);

    private static final Map<TokenClass, UsageField> TOKENS = tokens();

    public static final UsageField LATENCY_MS = count(
            "latency_ms",
            MAX_LATENCY_MILLIS,
            CountAccess.optional(
                    UsageEventOrBuilder::hasLatencyMs,
                    UsageEventOrBuilder::getLatencyMs,
                    UsageEvent.Builder::setLatencyMs,
                    IngestItem::hasLatencyMs,
                    IngestItem::getLatencyMs));
    public static final UsageField STATUS = new UsageField(
            "status",
            Kind.STRING_OR_INTEGER,
            Limits.MAX_STATUS,
            UsageEventOrBuilder::getStatus,
            IngestItem::getStatus,
            null);
    public static final UsageField MODALITY =
            string("modality", MAX_MODALITY, UsageEventOrBuilder::getModality, IngestItem::getModality);
    public static final UsageField UNITS = count(
            "units",
            Limits.MAX_TOKENS,
            CountAccess.optional(
                    UsageEventOrBuilder::hasUnits,
                    UsageEventOrBuilder::getUnits,
                    UsageEvent.Builder::setUnits,
                    IngestItem::hasUnits,
                    IngestItem::getUnits));
    public static final UsageField REGION =
            string("region", Limits.MAX_REGION, UsageEventOrBuilder::getRegion, IngestItem::getRegion);
    /** An event carries it as microseconds and not as a string. */
    public static final UsageField TS = new UsageField("ts", Kind.TIME, MAX_TS, null, IngestItem::getTs, null);

    public static final UsageField PROJECT =
            string("project", Limits.MAX_PROJECT, UsageEventOrBuilder::getProject, IngestItem::getProject);
    public static final UsageField ENVIRONMENT = string(
            "environment", Limits.MAX_ENVIRONMENT, UsageEventOrBuilder::getEnvironment, IngestItem::getEnvironment);
    public static final UsageField SOURCE =
            string("source", Limits.MAX_SOURCE, UsageEventOrBuilder::getSource, IngestItem::getSource);
    public static final UsageField NODE_TYPE =
            string("node_type", Limits.MAX_NODE_TYPE, UsageEventOrBuilder::getNodeType, IngestItem::getNodeType);
    /** Has rules of its own, see {@link MetadataJson}. */
    public static final UsageField METADATA =
            new UsageField("metadata", Kind.OBJECT, Limits.MAX_METADATA_BYTES, null, null, null);

    /** All of them, by index. */
    public static final List<UsageField> ALL = List.copyOf(DECLARED);

    /** Those that are integers: the token classes, then the others. */
    public static final List<UsageField> COUNTS =
            ALL.stream().filter(field -> field.count != null).toList();

    /** The counts that a footprint depends on. */
    public static final List<UsageField> RATED_COUNTS =
            COUNTS.stream().filter(UsageField::isRated).toList();

    /** Those that an event carries as strings. */
    static final List<UsageField> STRINGS =
            ALL.stream().filter(field -> field.string != null).toList();

    private static final Map<String, UsageField> BY_NAME =
            ALL.stream().collect(Collectors.toUnmodifiableMap(UsageField::wireName, Function.identity()));

    private final String wireName;
    private final Kind kind;
    private final long max;
    private final int index;
    private final @Nullable Function<UsageEventOrBuilder, String> string;
    private final @Nullable Function<IngestItem, String> sentString;
    private final @Nullable CountAccess count;

    private UsageField(
            String wireName,
            Kind kind,
            long max,
            @Nullable Function<UsageEventOrBuilder, String> string,
            @Nullable Function<IngestItem, String> sentString,
            @Nullable CountAccess count) {
        this.wireName = wireName;
        this.kind = kind;
        this.max = max;
        this.string = string;
        this.sentString = sentString;
        this.count = count;
        this.index = DECLARED.size();
        DECLARED.add(this);
    }

    private static UsageField string(
            String wireName,
            long max,
            Function<UsageEventOrBuilder, String> string,
            Function<IngestItem, String> sentString) {
        return new UsageField(wireName, Kind.STRING, max, string, sentString, null);
    }

    private static UsageField count(String wireName, long max, CountAccess access) {
        return new UsageField(wireName, Kind.INTEGER, max, null, null, access);
    }

    private static Map<TokenClass, UsageField> tokens() {
        Map<TokenClass, UsageField> fields = new EnumMap<>(TokenClass.class);
        for (TokenClass tokens : TokenClass.values()) {
            fields.put(tokens, count(tokens.wireName(), Limits.MAX_TOKENS, tokens.access()));
        }
        return Collections.unmodifiableMap(fields);
    }

    /** The field that counts tokens of a class. */
    public static UsageField of(TokenClass tokens) {
        return Objects.requireNonNull(TOKENS.get(tokens));
    }

    /** Null when there is no such field. */
    public static @Nullable UsageField named(String wireName) {
        return BY_NAME.get(wireName);
    }

    /** The name in JSON, and of the column. */
    public String wireName() {
        return wireName;
    }

    public Kind kind() {
        return kind;
    }

    /** Characters of a string, value of an integer, or bytes of an object. */
    public long max() {
        return max;
    }

    /** Whether every event must have this field. */
    public boolean isRequired() {
        return count == null ? this == USER_ID || this == PROVIDER : count.isRequired();
    }

    /** Position in {@link #ALL}. */
    public int index() {
        return index;
    }

    /** Whether an event or its builder has this count. */
    public boolean isKnown(UsageEventOrBuilder event) {
        return access().isKnown().test(event);
    }

    /** This count of an event or its builder; 0 when it is not known. */
    public long count(UsageEventOrBuilder event) {
        return access().get().applyAsLong(event);
    }

    public void setCount(UsageEvent.Builder event, long value) {
        access().set().accept(event, value);
    }

    /** Whether an item of a gRPC request has this count. */
    public boolean isSent(IngestItem item) {
        return access().isSent().test(item);
    }

    /** This count of an item of a gRPC request. */
    public long count(IngestItem item) {
        return access().getSent().applyAsLong(item);
    }

    /** This string of an event; empty when it is not known. */
    String string(UsageEventOrBuilder event) {
        return Objects.requireNonNull(string).apply(event);
    }

    /** This string of an item of a gRPC request; empty when the item does not have it or the field is no string. */
    public String string(IngestItem item) {
        return sentString == null ? "" : sentString.apply(item);
    }

    @Override
    public String toString() {
        return wireName;
    }

    private boolean isRated() {
        for (Map.Entry<TokenClass, UsageField> tokens : TOKENS.entrySet()) {
            if (tokens.getValue() == this) {
                return tokens.getKey().isRated();
            }
        }
        return true;
    }

    private CountAccess access() {
        return Objects.requireNonNull(count, "the field is no integer");
    }
}
