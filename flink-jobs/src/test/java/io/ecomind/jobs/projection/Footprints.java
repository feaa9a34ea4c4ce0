package io.ecomind.jobs.projection;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.Footprint;

/** Footprints of the ledger with figures that differ from each other, so that none can be taken for another. */
public final class Footprints {
    private Footprints() {}

    /** Energy, water and CO2e with the given mid figure, as a flat factor gives them: no parts, no doubts. */
    public static Footprint.Builder flat(long nanos) {
        return rated().setEnergy(band(nanos, nanos, nanos))
                .setWater(band(nanos, nanos, nanos))
                .setCarbon(band(nanos, nanos, nanos));
    }

    /** All but the market-based figure, as a factor by parameters gives them. */
    public static Footprint.Builder parametric() {
        return rated().setEnergy(band(1, 2, 3))
                .setWater(band(44, 55, 66))
                .setWaterOnsite(band(4, 5, 6))
                .setWaterOffsite(band(40, 50, 60))
                .setCarbon(band(770, 880, 990))
                .setCarbonOperational(band(70, 80, 90))
                .setCarbonEmbodied(band(700, 800, 900));
    }

    public static Footprint.Builder uncovered() {
        return Footprint.newBuilder().setFactorSet("s1").setMatch("none").setGridMatch("none");
    }

    public static Band band(long low, long mid, long high) {
        return Band.newBuilder().setLow(low).setMid(mid).setHigh(high).build();
    }

    private static Footprint.Builder rated() {
        return Footprint.newBuilder()
                .setFactorSet("s1")
                .setMatch("exact")
                .setMatched("openai/gpt-4o")
                .setBasis("parametric")
                .setGridMatch("region")
                .setGridZone("FRA")
                .setGridResolution("year")
                .setEvidenceTier(3);
    }
}
