package io.ecomind.footprint;

import org.jspecify.annotations.Nullable;

/**
 * The footprint of one call and where it comes from. Immutable.
 *
 * @param factorSet the set that was asked; empty when none was active
 * @param evidenceTier 1 (measured) to 4 (assumed); 0 when uncovered
 * @param amounts null when nothing is known, which is never the same as 0
 */
public record Rating(
        String factorSet,
        Match match,
        GridMatch gridMatch,
        int evidenceTier,
        @Nullable Amounts amounts) {

    /** How the model was found. */
    public enum Match {
        EXACT,
        NONE
    }

    /** Where the carbon intensity came from. */
    public enum GridMatch {
        REGION,
        PROVIDER_DEFAULT,
        NONE
    }

    public static Rating uncovered(String factorSet) {
        return new Rating(factorSet, Match.NONE, GridMatch.NONE, 0, null);
    }
}
