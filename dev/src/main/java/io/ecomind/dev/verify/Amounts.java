package io.ecomind.dev.verify;

import java.math.BigInteger;

/**
 * Totals of some events. Immutable.
 *
 * @param energy nanowatt-hours
 * @param water nanolitres
 * @param carbon nanograms CO2e
 */
public record Amounts(
        BigInteger calls,
        BigInteger uncovered,
        BigInteger tokensIn,
        BigInteger tokensOut,
        BigInteger energy,
        BigInteger water,
        BigInteger carbon) {
    static final Amounts NONE = new Amounts(
            BigInteger.ZERO,
            BigInteger.ZERO,
            BigInteger.ZERO,
            BigInteger.ZERO,
            BigInteger.ZERO,
            BigInteger.ZERO,
            BigInteger.ZERO);

    Amounts plus(Amounts other) {
        return new Amounts(
                calls.add(other.calls),
                uncovered.add(other.uncovered),
                tokensIn.add(other.tokensIn),
                tokensOut.add(other.tokensOut),
                energy.add(other.energy),
                water.add(other.water),
                carbon.add(other.carbon));
    }

    Amounts minus(Amounts other) {
        return new Amounts(
                calls.subtract(other.calls),
                uncovered.subtract(other.uncovered),
                tokensIn.subtract(other.tokensIn),
                tokensOut.subtract(other.tokensOut),
                energy.subtract(other.energy),
                water.subtract(other.water),
                carbon.subtract(other.carbon));
    }
}
