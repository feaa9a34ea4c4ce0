package io.ecomind.ingest.validation;

import io.ecomind.contracts.Limits;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The fields of an item on the wire, with their kind and limit. */
public enum Field {
    ID("id", Kind.TEXT, Limits.MAX_ID),
    ORG_ID("org_id", Kind.TEXT, 64),
    USER_ID("user_id", Kind.TEXT, Limits.MAX_USER_ID),
    PROVIDER("provider", Kind.TEXT, Limits.MAX_PROVIDER),
    MODEL("model", Kind.TEXT, Limits.MAX_MODEL),
    TOKENS_IN("tokens_in", Kind.INTEGER, Limits.MAX_TOKENS),
    TOKENS_OUT("tokens_out", Kind.INTEGER, Limits.MAX_TOKENS),
    TOKENS_CACHE_READ("tokens_cache_read", Kind.INTEGER, Limits.MAX_TOKENS),
    TOKENS_CACHE_WRITE("tokens_cache_write", Kind.INTEGER, Limits.MAX_TOKENS),
    TOKENS_REASONING("tokens_reasoning", Kind.INTEGER, Limits.MAX_TOKENS),
    // A day: longer than any call that a provider keeps open.
    LATENCY_MS("latency_ms", Kind.INTEGER, 86_400_000),
    STATUS("status", Kind.TEXT_OR_INTEGER, Limits.MAX_STATUS),
    MODALITY("modality", Kind.TEXT, 16),
    UNITS("units", Kind.INTEGER, Limits.MAX_TOKENS),
    REGION("region", Kind.TEXT, Limits.MAX_REGION),
    TS("ts", Kind.TIME, 64),
    PROJECT("project", Kind.TEXT, Limits.MAX_PROJECT),
    ENVIRONMENT("environment", Kind.TEXT, Limits.MAX_ENVIRONMENT),
    SOURCE("source", Kind.TEXT, Limits.MAX_SOURCE),
    NODE_TYPE("node_type", Kind.TEXT, Limits.MAX_NODE_TYPE),
    METADATA("metadata", Kind.OBJECT, Limits.MAX_METADATA_BYTES);

    /** How a value looks in JSON. */
    public enum Kind {
        TEXT,
        INTEGER,
        TEXT_OR_INTEGER,
        TIME,
        OBJECT
    }

    static final int COUNT = values().length;

    private static final Map<String, Field> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Field::wireName, Function.identity()));

    private final String wireName;
    private final Kind kind;
    private final long max;

    Field(String wireName, Kind kind, long max) {
        this.wireName = wireName;
        this.kind = kind;
        this.max = max;
    }

    public static @Nullable Field named(String wireName) {
        return BY_NAME.get(wireName);
    }

    public String wireName() {
        return wireName;
    }

    public Kind kind() {
        return kind;
    }

    /** Characters of a text, value of an integer, or bytes of an object. */
    public long max() {
        return max;
    }
}
