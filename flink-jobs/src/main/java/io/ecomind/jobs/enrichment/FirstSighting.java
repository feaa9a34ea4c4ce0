package io.ecomind.jobs.enrichment;

/**
 * What is remembered of an identity: enough to tell a retry from a conflict. Immutable.
 *
 * @param contentHash hash of what the sender said, without ts
 * @param tsMicros when the call happened
 * @param tsDefaulted the sender gave no ts
 */
public record FirstSighting(long contentHash, long tsMicros, boolean tsDefaulted) {
    /** A defaulted ts is the gateway's clock and therefore no difference. */
    boolean sameContent(FirstSighting other) {
        return contentHash == other.contentHash && (tsDefaulted || other.tsDefaulted || tsMicros == other.tsMicros);
    }
}
