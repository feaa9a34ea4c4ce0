package io.ecomind.footprint.price;

import io.ecomind.footprint.Rating.Match;
import org.jspecify.annotations.Nullable;

/**
 * What a call costs and where that comes from. Immutable.
 *
 * @param priceSet the set that priced it; with {@code +} and an id behind it when an organisation's own price or discount
 *     took part; empty when no set was active
 * @param match override, exact, alias or family; none when uncovered
 * @param matched the row that was found, such as {@code openai/gpt-4o}; empty when none
 * @param nanoUsd null when it is not known, which is never the same as 0
 * @param isFree whether it is 0 because the seller charges nothing for the model
 * @param unpriced why nanoUsd is null; null when it is not
 */
public record Price(
        String priceSet,
        Match match,
        String matched,
        @Nullable Long nanoUsd,
        boolean isFree,
        @Nullable Unpriced unpriced) {
    public Price {
        if ((nanoUsd == null) == (unpriced == null)) {
            throw new IllegalArgumentException("a price has either an amount or a reason why there is none");
        }
    }

    static Price uncovered(String priceSet, String matched, Unpriced why) {
        return new Price(priceSet, Match.NONE, matched, null, false, why);
    }
}
