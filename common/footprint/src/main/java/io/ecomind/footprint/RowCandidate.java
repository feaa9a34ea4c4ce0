package io.ecomind.footprint;

import io.ecomind.footprint.Rating.Match;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of a model that a call's name stands for, with its data centre, ready for use on some days. Immutable.
 *
 * @param site the data centre; null for a flat factor, which has none
 * @param profile the row's amounts per unit of work in that data centre; null for a flat factor
 */
record RowCandidate(
        Match match,
        FactorRow row,
        SetRow.@Nullable Provider site,
        Validity days,
        @Nullable CallProfile profile) {

    /** The first candidate that holds on the call's day and can rate what the call is. */
    static @Nullable RowCandidate firstUsable(UsageCall call, List<RowCandidate> candidates) {
        long day = call.day();
        for (RowCandidate candidate : candidates) {
            if (candidate.days().holdsOn(day) && candidate.fits(call)) {
                return candidate;
            }
        }
        return null;
    }

    /** A picture is not text: only a row of that very model, or a factor per unit, can rate one. */
    private boolean fits(UsageCall call) {
        if (row.basis().equals("per_unit")) {
            return call.units() > 0;
        }
        if (!call.isMedia()) {
            return true;
        }
        boolean sameModel =
                match == Match.OVERRIDE || match == Match.EXACT || match == Match.ALIAS || match == Match.FAMILY;
        // Without tokens a size says nothing: the call would cost 0 instead of an unknown amount.
        boolean countable = row instanceof FactorRow.Flat || call.tokensIn() > 0 || call.tokensOut() > 0;
        return sameModel && countable;
    }
}
