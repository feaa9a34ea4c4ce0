package io.ecomind.jobs.daily;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.footprint.Amounts;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Running totals of one key. Not thread-safe. */
final class Totals {
    private long calls;
    private long uncovered;
    private long tokensIn;
    private long tokensOut;
    private final NanoSum energy = new NanoSum();
    private final NanoSum water = new NanoSum();
    private final NanoSum carbon = new NanoSum();

    void add(EnrichedEvent enriched) {
        Footprint footprint = enriched.getFootprint();
        calls++;
        tokensIn = Math.addExact(tokensIn, enriched.getEvent().getTokensIn());
        tokensOut = Math.addExact(tokensOut, enriched.getEvent().getTokensOut());
        if (footprint.hasEnergyNanowatthours()) {
            energy.add(footprint.getEnergyNanowatthours());
            water.add(footprint.getWaterNanolitres());
            carbon.add(footprint.getCarbonNanograms());
        } else {
            uncovered++;
        }
    }

    void add(Totals other) {
        calls += other.calls;
        uncovered += other.uncovered;
        tokensIn = Math.addExact(tokensIn, other.tokensIn);
        tokensOut = Math.addExact(tokensOut, other.tokensOut);
        energy.add(other.energy);
        water.add(other.water);
        carbon.add(other.carbon);
    }

    long calls() {
        return calls;
    }

    long uncovered() {
        return uncovered;
    }

    long tokensIn() {
        return tokensIn;
    }

    long tokensOut() {
        return tokensOut;
    }

    /** Null while no call is covered: unknown is not zero. */
    @Nullable
    BigDecimal kwh() {
        return calls == uncovered ? null : energy.toDecimal(Amounts.KWH_SCALE);
    }

    @Nullable
    BigDecimal litres() {
        return calls == uncovered ? null : water.toDecimal(Amounts.LITRE_SCALE);
    }

    @Nullable
    BigDecimal kilograms() {
        return calls == uncovered ? null : carbon.toDecimal(Amounts.KWH_SCALE);
    }
}
