package io.ecomind.footprint;

/**
 * Size and speed of a model. Immutable.
 *
 * @param activeBillions parameters that work on a token, 1e9
 * @param totalBillions all parameters, 1e9
 * @param tokensPerSecond measured speed of generation; 0: unknown, estimated from the size
 * @param timeToFirstTokenSeconds measured; 0: unknown
 */
public record ModelParameters(
        Range activeBillions, Range totalBillions, double tokensPerSecond, double timeToFirstTokenSeconds) {
    public static final double MAX_BILLIONS = 100_000;
    public static final double MAX_TOKENS_PER_SECOND = 100_000;
    public static final double MAX_TIME_TO_FIRST_TOKEN_SECONDS = 120;

    public ModelParameters {
        FactorLimits.above("active_b_min", activeBillions.min(), 0, MAX_BILLIONS);
        FactorLimits.above("active_b_max", activeBillions.max(), 0, MAX_BILLIONS);
        FactorLimits.above("total_b_min", totalBillions.min(), 0, MAX_BILLIONS);
        FactorLimits.above("total_b_max", totalBillions.max(), 0, MAX_BILLIONS);
        FactorLimits.between("active_b_min", activeBillions.min(), 0, totalBillions.min());
        FactorLimits.between("active_b_max", activeBillions.max(), 0, totalBillions.max());
        FactorLimits.between("tps", tokensPerSecond, 0, MAX_TOKENS_PER_SECOND);
        FactorLimits.between("ttft_s", timeToFirstTokenSeconds, 0, MAX_TIME_TO_FIRST_TOKEN_SECONDS);
    }
}
