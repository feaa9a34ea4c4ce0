package io.ecomind.footprint;

/**
 * What a call made the model do. Immutable.
 *
 * @param promptTokens input that was worked through in full: uncached and newly cached
 * @param cachedTokens input that was read from the cache
 * @param generatedTokens output, reasoning included; 0 for embeddings and rerank
 * @param latencySeconds measured duration, which caps the estimated one; infinite: not measured
 */
public record Workload(double promptTokens, double cachedTokens, double generatedTokens, double latencySeconds) {
    public Workload {
        FactorLimits.between("prompt tokens", promptTokens, 0, Double.MAX_VALUE);
        FactorLimits.between("cached tokens", cachedTokens, 0, Double.MAX_VALUE);
        FactorLimits.between("generated tokens", generatedTokens, 0, Double.MAX_VALUE);
        FactorLimits.above("latency", latencySeconds, 0, Double.POSITIVE_INFINITY);
    }
}
