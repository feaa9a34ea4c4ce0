package io.ecomind.usage;

import io.ecomind.contracts.v1.IngestItem;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.contracts.v1.UsageEventOrBuilder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The classes of tokens that an event counts. Constants only.
 *
 * <p>This is the one list of them. A class that is added here, to {@code events.proto} and {@code ingest.proto}, and by a
 * migration as a column of {@code events_enriched} is read from requests over HTTP and gRPC, validated, stored, restated,
 * redriven, imported from CSV and taken by the estimate.
 */
public enum TokenClass {
    /** The prompt, with the tokens that were read from or written to a cache. */
    IN(
            "tokens_in",
            null,
            TokenWork.PREFILL,
            CountAccess.required(
                    UsageEventOrBuilder::getTokensIn,
                    UsageEvent.Builder::setTokensIn,
                    IngestItem::hasTokensIn,
                    IngestItem::getTokensIn)),
    /** What the model generated, with its reasoning. */
    OUT(
            "tokens_out",
            null,
            TokenWork.DECODE,
            CountAccess.required(
                    UsageEventOrBuilder::getTokensOut,
                    UsageEvent.Builder::setTokensOut,
                    IngestItem::hasTokensOut,
                    IngestItem::getTokensOut)),
    /** The part of the prompt that was read from a cache. */
    CACHE_READ(
            "tokens_cache_read",
            IN,
            TokenWork.CACHE_HIT,
            CountAccess.optional(
                    UsageEventOrBuilder::hasTokensCacheRead,
                    UsageEventOrBuilder::getTokensCacheRead,
                    UsageEvent.Builder::setTokensCacheRead,
                    IngestItem::hasTokensCacheRead,
                    IngestItem::getTokensCacheRead)),
    /** The part of the prompt that was written to a cache, which costs what the rest of the prompt does. */
    CACHE_WRITE(
            "tokens_cache_write",
            IN,
            TokenWork.PREFILL,
            CountAccess.optional(
                    UsageEventOrBuilder::hasTokensCacheWrite,
                    UsageEventOrBuilder::getTokensCacheWrite,
                    UsageEvent.Builder::setTokensCacheWrite,
                    IngestItem::hasTokensCacheWrite,
                    IngestItem::getTokensCacheWrite)),
    /** The part of the output that the model generated before its answer. */
    REASONING(
            "tokens_reasoning",
            OUT,
            TokenWork.DECODE,
            CountAccess.optional(
                    UsageEventOrBuilder::hasTokensReasoning,
                    UsageEventOrBuilder::getTokensReasoning,
                    UsageEvent.Builder::setTokensReasoning,
                    IngestItem::hasTokensReasoning,
                    IngestItem::getTokensReasoning));

    /** What the hardware does for a token, which decides how it is rated. */
    enum TokenWork {
        /** The token is worked through as a part of the prompt. */
        PREFILL,
        /** The token's intermediate result comes from a cache, at a share of the prefill. */
        CACHE_HIT,
        /** The token is generated. */
        DECODE
    }

    private static final List<TokenClass> CACHE_HITS =
            Arrays.stream(values()).filter(c -> c.work == TokenWork.CACHE_HIT).toList();

    private final String wireName;
    private final @Nullable TokenClass whole;
    private final TokenWork work;
    private final CountAccess access;

    TokenClass(String wireName, @Nullable TokenClass whole, TokenWork work, CountAccess access) {
        this.wireName = wireName;
        this.whole = whole;
        this.work = work;
        this.access = access;
    }

    /** The name of the field in JSON and of the column. */
    public String wireName() {
        return wireName;
    }

    /** The class that includes this one; null when none does. No token is in two classes of the same whole. */
    @Nullable
    TokenClass whole() {
        return whole;
    }

    TokenWork work() {
        return work;
    }

    CountAccess access() {
        return access;
    }

    /** Whether a footprint depends on this count: not when the class costs what the rest of its whole does. */
    boolean isRated() {
        return whole == null || work != whole.work;
    }

    /** Tokens of the prompt that came from a cache. */
    static long cacheHits(UsageEventOrBuilder event) {
        long sum = 0;
        for (int i = 0; i < CACHE_HITS.size(); i++) {
            sum += CACHE_HITS.get(i).access.get().applyAsLong(event);
        }
        return sum;
    }
}
