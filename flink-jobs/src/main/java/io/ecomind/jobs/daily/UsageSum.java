package io.ecomind.jobs.daily;

import java.math.BigDecimal;

/**
 * Totals of a cube row over part of its day. Immutable. Amounts are of the covered calls only.
 *
 * @param key {@link CubeKey#text}
 * @param dayStartMillis first moment of the local day
 * @param dayEndMillis first moment of the next
 */
public record UsageSum(
        String key,
        long dayStartMillis,
        long dayEndMillis,
        long calls,
        long uncovered,
        long tokensIn,
        long tokensOut,
        BigDecimal kwh,
        BigDecimal litres,
        BigDecimal kilograms) {

    UsageSum plus(UsageSum other) {
        return new UsageSum(
                key,
                dayStartMillis,
                dayEndMillis,
                calls + other.calls,
                uncovered + other.uncovered,
                Math.addExact(tokensIn, other.tokensIn),
                Math.addExact(tokensOut, other.tokensOut),
                kwh.add(other.kwh),
                litres.add(other.litres),
                kilograms.add(other.kilograms));
    }
}
