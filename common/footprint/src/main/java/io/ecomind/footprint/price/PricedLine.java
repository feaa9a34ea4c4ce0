package io.ecomind.footprint.price;

import java.math.BigDecimal;

/**
 * One line of a bill. Immutable.
 *
 * @param counted what the call counts
 * @param billedAs whose price it has; another class when the seller does not price this one apart
 * @param nanoUsd count * nanoUsdPerMillion / 1,000,000, exact, before any discount
 */
public record PricedLine(
        PriceClass counted, PriceClass billedAs, long count, long nanoUsdPerMillion, BigDecimal nanoUsd) {}
