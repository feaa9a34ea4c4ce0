package io.ecomind.footprint.price;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A price with everything that led to it. Immutable.
 *
 * @param row the row that was used, with its source; null when none was found
 * @param lines what was counted, each at its price; their sum less the discount, rounded once, is the price
 * @param withoutPrice classes that the call counts and the row does not price
 * @param discountBasisPoints of the organisation, 0 when none
 */
public record PriceExplanation(
        Price price,
        @Nullable PriceRow row,
        List<PricedLine> lines,
        List<PriceClass> withoutPrice,
        int discountBasisPoints) {
    public PriceExplanation {
        lines = List.copyOf(lines);
        withoutPrice = List.copyOf(withoutPrice);
    }
}
