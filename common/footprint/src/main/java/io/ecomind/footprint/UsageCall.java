package io.ecomind.footprint;

import org.jspecify.annotations.Nullable;

/**
 * A call to be rated, as the wire has it. Immutable.
 *
 * @param region cloud region, grid zone or country; empty or UNKNOWN: not known
 * @param modality text, embedding, rerank, image, audio or video
 * @param tokensIn includes cached ones
 * @param tokensOut includes reasoning
 * @param tokensCacheRead part of tokensIn; 0 when not said
 * @param latencyMillis measured duration; 0 or less: not measured
 * @param units images, seconds or the like; 0 when not said
 * @param tsMicros when it happened, microseconds since 1970 UTC
 * @param receivedAtMicros when it was taken in
 */
public record UsageCall(
        String provider,
        String model,
        String region,
        @Nullable String modality,
        long tokensIn,
        long tokensOut,
        long tokensCacheRead,
        long latencyMillis,
        long units,
        long tsMicros,
        long receivedAtMicros) {

    /** Embeddings and rerank generate nothing, whatever their tokensOut says. */
    boolean generates() {
        return !"embedding".equals(modality) && !"rerank".equals(modality);
    }

    boolean isMedia() {
        return "image".equals(modality) || "audio".equals(modality) || "video".equals(modality);
    }

    long day() {
        return Math.floorDiv(tsMicros, 86_400_000_000L);
    }

    Workload workload() {
        return new Workload(
                tokensIn - tokensCacheRead,
                tokensCacheRead,
                generates() ? tokensOut : 0,
                latencyMillis > 0 ? latencyMillis / 1000.0 : Double.POSITIVE_INFINITY);
    }
}
