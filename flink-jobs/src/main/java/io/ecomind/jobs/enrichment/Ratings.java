package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.footprint.UsageCall;
import io.ecomind.usage.FootprintBands;
import io.ecomind.usage.ProviderNames;
import io.ecomind.usage.UsageRules;
import java.util.Set;

/** Between the records of the topics and the functions that rate calls. Stateless. */
public final class Ratings {
    private static final Quantity[] QUANTITIES = Quantity.values();
    /** Then the row that rated the call is the model's own, or that of its family. */
    private static final Set<Rating.Match> NAMES_THE_MODEL =
            Set.of(Rating.Match.EXACT, Rating.Match.ALIAS, Rating.Match.FAMILY);

    private Ratings() {}

    /** The call as the factors see it. */
    public static UsageCall call(UsageEvent event) {
        return UsageRules.toCall(event, event.getReceivedAtMicros());
    }

    /**
     * The rating as the ledger has it.
     *
     * @param provider as the sender spelled it
     */
    public static Footprint footprint(Rating rating, String provider) {
        Footprint.Builder footprint = Footprint.newBuilder()
                .setFactorSet(rating.factorSet())
                .setMatch(rating.match().id())
                .setMatched(rating.matched())
                .setBasis(rating.basis())
                .setGridMatch(rating.gridMatch().id())
                .setGridZone(rating.gridZone())
                .setGridResolution(rating.gridResolution())
                .setEvidenceTier(rating.evidenceTier())
                .setProvider(ProviderNames.canonical(provider));
        if (NAMES_THE_MODEL.contains(rating.match())) {
            footprint.setVendor(ProviderNames.vendor(rating.matched()));
        }
        Amounts amounts = rating.amounts();
        if (amounts != null) {
            for (Quantity quantity : QUANTITIES) {
                if (amounts.has(quantity)) {
                    FootprintBands.set(footprint, quantity, band(amounts, quantity));
                }
            }
        }
        return footprint.build();
    }

    private static Band band(Amounts amounts, Quantity quantity) {
        return Band.newBuilder()
                .setLow(amounts.nanos(quantity, Bound.LOW))
                .setMid(amounts.nanos(quantity, Bound.MID))
                .setHigh(amounts.nanos(quantity, Bound.HIGH))
                .build();
    }
}
