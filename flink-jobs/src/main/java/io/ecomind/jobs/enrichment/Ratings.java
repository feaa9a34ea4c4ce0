package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.footprint.UsageCall;
import java.util.function.Consumer;

/** Between the records of the topics and the functions that rate calls. Stateless. */
public final class Ratings {
    private Ratings() {}

    /** The call as the factors see it. */
    public static UsageCall call(UsageEvent event) {
        return new UsageCall(
                event.getProvider(),
                event.getModel(),
                event.getRegion(),
                event.getModality(),
                event.getTokensIn(),
                event.getTokensOut(),
                event.getTokensCacheRead(),
                event.getLatencyMs(),
                event.getUnits(),
                event.getTsMicros(),
                event.getReceivedAtMicros());
    }

    /** The rating as the ledger has it. */
    public static Footprint footprint(Rating rating) {
        Footprint.Builder footprint = Footprint.newBuilder()
                .setFactorSet(rating.factorSet())
                .setMatch(rating.match().id())
                .setMatched(rating.matched())
                .setBasis(rating.basis())
                .setGridMatch(rating.gridMatch().id())
                .setGridZone(rating.gridZone())
                .setGridResolution(rating.gridResolution())
                .setEvidenceTier(rating.evidenceTier());
        Amounts amounts = rating.amounts();
        if (amounts != null) {
            set(amounts, Quantity.ENERGY, footprint::setEnergy);
            set(amounts, Quantity.WATER, footprint::setWater);
            set(amounts, Quantity.WATER_ONSITE, footprint::setWaterOnsite);
            set(amounts, Quantity.WATER_OFFSITE, footprint::setWaterOffsite);
            set(amounts, Quantity.CARBON, footprint::setCarbon);
            set(amounts, Quantity.CARBON_OPERATIONAL, footprint::setCarbonOperational);
            set(amounts, Quantity.CARBON_EMBODIED, footprint::setCarbonEmbodied);
            set(amounts, Quantity.CARBON_MARKET, footprint::setCarbonMarket);
        }
        return footprint.build();
    }

    private static void set(Amounts amounts, Quantity quantity, Consumer<Band> setter) {
        if (amounts.has(quantity)) {
            setter.accept(Band.newBuilder()
                    .setLow(amounts.nanos(quantity, Bound.LOW))
                    .setMid(amounts.nanos(quantity, Bound.MID))
                    .setHigh(amounts.nanos(quantity, Bound.HIGH))
                    .build());
        }
    }
}
