package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.footprint.Quantity;
import org.jspecify.annotations.Nullable;

/** The figures of a ledger record by quantity, in nano-units. Stateless. */
public final class FootprintBands {
    private FootprintBands() {}

    /** Null when the quantity is unknown. */
    public static @Nullable Band of(Footprint footprint, Quantity quantity) {
        return switch (quantity) {
            case ENERGY -> footprint.hasEnergy() ? footprint.getEnergy() : null;
            case WATER -> footprint.hasWater() ? footprint.getWater() : null;
            case WATER_ONSITE -> footprint.hasWaterOnsite() ? footprint.getWaterOnsite() : null;
            case WATER_OFFSITE -> footprint.hasWaterOffsite() ? footprint.getWaterOffsite() : null;
            case CARBON -> footprint.hasCarbon() ? footprint.getCarbon() : null;
            case CARBON_OPERATIONAL -> footprint.hasCarbonOperational() ? footprint.getCarbonOperational() : null;
            case CARBON_EMBODIED -> footprint.hasCarbonEmbodied() ? footprint.getCarbonEmbodied() : null;
            case CARBON_MARKET -> footprint.hasCarbonMarket() ? footprint.getCarbonMarket() : null;
        };
    }
}
