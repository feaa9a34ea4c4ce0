package io.ecomind.footprint;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The footprint of one call and where it comes from. Immutable.
 *
 * @param factorSet the set that rated it; with {@code +} and the override's id behind it when an organisation's own
 *     factor did; empty when no set was active
 * @param matched the row that was found, such as {@code openai/gpt-4o}; empty when none
 * @param basis of that row; empty when none
 * @param gridZone whose intensity was taken; empty when none
 * @param gridResolution hour, month, year or factor (the flat factor's own figure); empty when none
 * @param evidenceTier 1 (best) to 4; 0 when uncovered
 * @param amounts null when nothing is known, which is never the same as 0
 */
public record Rating(
        String factorSet,
        Match match,
        String matched,
        String basis,
        GridMatch gridMatch,
        String gridZone,
        String gridResolution,
        int evidenceTier,
        @Nullable Amounts amounts) {

    /** How the model was found; the order is that of the search. */
    public enum Match {
        OVERRIDE,
        EXACT,
        ALIAS,
        FAMILY,
        CLASS,
        PROVIDER,
        NONE;

        /** The stored name. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whose zone the carbon intensity is of. */
    public enum GridMatch {
        /** The event's own region. */
        REGION,
        /** The provider's data centre, or the flat factor's own figure. */
        PROVIDER,
        /** The world's mean. */
        WORLD,
        NONE;

        /** The stored name. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static Rating uncovered(String factorSet) {
        return new Rating(factorSet, Match.NONE, "", "", GridMatch.NONE, "", "", 0, null);
    }
}
