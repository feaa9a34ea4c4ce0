package io.ecomind.footprint.price;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What a dollar was worth in another currency on the day that the rate is stored with. Immutable.
 *
 * @param currency ISO 4217, three capital letters
 * @param nanoPerUsd nano-units of the currency for one dollar
 */
public record CurrencyRate(String currency, long nanoPerUsd) {
    /** A thousand million for a dollar: more is a misplaced point. */
    public static final long MAX_NANO_PER_USD = 1_000_000_000_000_000_000L;

    private static final BigDecimal NANO_PER_UNIT = BigDecimal.valueOf(1_000_000_000L);

    public CurrencyRate {
        if (!currency.matches("[A-Z]{3}")) {
            throw new IllegalArgumentException(
                    "currency must be three capital letters (ISO 4217), was '" + currency + "'");
        }
        if (nanoPerUsd <= 0 || nanoPerUsd > MAX_NANO_PER_USD) {
            throw new IllegalArgumentException("nano_per_usd must be 1 to " + MAX_NANO_PER_USD + ", was " + nanoPerUsd);
        }
    }

    /**
     * An amount in nano-units of the currency, rounded half to even. Totals are converted, not their rows: the sum of
     * converted rows may differ from the converted sum by half a unit a row.
     *
     * @throws ArithmeticException when it does not fit into a long
     */
    public long fromNanoUsd(long nanoUsd) {
        return BigDecimal.valueOf(nanoUsd)
                .multiply(BigDecimal.valueOf(nanoPerUsd))
                .divide(NANO_PER_UNIT, 0, RoundingMode.HALF_EVEN)
                .longValueExact();
    }
}
