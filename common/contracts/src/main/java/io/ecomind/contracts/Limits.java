package io.ecomind.contracts;

import java.time.Duration;
import java.time.Instant;

/** Limits of the wire that more than one process has to know. Constants only. */
public final class Limits {
    /** Items in one ingest request. */
    public static final int MAX_ITEMS = 1_000;

    /** Request body after inflation, in bytes: 5 MiB. */
    public static final int MAX_BODY_BYTES = 5 * 1024 * 1024;

    /** Upper bound of each token count. */
    public static final long MAX_TOKENS = 1_000_000_000L;

    public static final int MAX_ID = 128;
    public static final int MAX_USER_ID = 256;
    public static final int MAX_PROVIDER = 64;
    public static final int MAX_MODEL = 256;
    public static final int MAX_REGION = 64;
    public static final int MAX_PROJECT = 128;
    public static final int MAX_ENVIRONMENT = 32;
    public static final int MAX_SOURCE = 64;
    public static final int MAX_NODE_TYPE = 64;
    public static final int MAX_STATUS = 32;

    /**
     * user_id, project, environment, source, provider, model and region together, as UTF-8 bytes: they are one key of
     * daily_usage, and PostgreSQL refuses index rows over 2,704 bytes. Only names full of multi-byte characters come near.
     */
    public static final int MAX_NAMES_BYTES = 2_200;

    /** Metadata as compact JSON, in bytes. */
    public static final int MAX_METADATA_BYTES = 4 * 1024;

    /** Payload kept with a rejection, in bytes. */
    public static final int MAX_REJECTED_PAYLOAD_BYTES = 16 * 1024;

    /** The oldest ts of an import: what is older is taken for a mistake. */
    public static final Instant OLDEST_TS = Instant.parse("2000-01-01T00:00:00Z");

    /** How far a sender's clock may be ahead. */
    public static final Duration MAX_AHEAD = Duration.ofMinutes(15);

    /** How old an event may be, unless the key has the scope {@code import}. */
    public static final Duration RETENTION = Duration.ofDays(400);

    /** How long rejections are listed. */
    public static final Duration REJECTIONS_RETENTION = Duration.ofDays(90);

    /** An event that is older than this when it is received is late, and its id may be used again. */
    public static final Duration HORIZON = Duration.ofDays(7);

    /** How long the enrichment remembers an identity beyond the horizon. */
    public static final Duration GRACE = Duration.ofMinutes(15);

    /** How long an event waits for its organisation: the time that a new one may need from the API to the tasks. */
    public static final Duration ORGANISATION_HOLD = Duration.ofSeconds(15);

    /** How far a receipt may be ahead of the append to events.raw; beyond it the enrichment refuses the record. */
    public static final Duration MAX_RECEIPT_AHEAD = Duration.ofSeconds(60);

    private Limits() {}
}
