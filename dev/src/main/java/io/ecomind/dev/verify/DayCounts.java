package io.ecomind.dev.verify;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import java.math.BigInteger;

/** What the log says about one day. Not thread-safe. */
public final class DayCounts {
    private long live;
    private long late;
    private long duplicate;
    private long rejected;
    private long calls;
    private long uncovered;
    private final ExactSum tokensIn = new ExactSum();
    private final ExactSum tokensOut = new ExactSum();
    private final ExactSum energy = new ExactSum();
    private final ExactSum water = new ExactSum();
    private final ExactSum carbon = new ExactSum();

    void addLedgerRecord(EnrichedEvent record) {
        calls++;
        tokensIn.add(record.getEvent().getTokensIn());
        tokensOut.add(record.getEvent().getTokensOut());
        Footprint footprint = record.getFootprint();
        if (!footprint.hasEnergyNanowatthours()) {
            uncovered++;
        }
        energy.add(footprint.getEnergyNanowatthours());
        water.add(footprint.getWaterNanolitres());
        carbon.add(footprint.getCarbonNanograms());
    }

    void addLive() {
        live++;
    }

    void addLate() {
        late++;
    }

    void addDuplicate() {
        duplicate++;
    }

    void addRejected() {
        rejected++;
    }

    /** Records of events.raw that carry an event of this day. */
    public long raw() {
        return live + late + duplicate + rejected;
    }

    public long live() {
        return live;
    }

    public long late() {
        return late;
    }

    public long duplicate() {
        return duplicate;
    }

    public long rejected() {
        return rejected;
    }

    /** The sum of the ledger's records. */
    public Amounts ledger() {
        return new Amounts(
                BigInteger.valueOf(calls),
                BigInteger.valueOf(uncovered),
                tokensIn.value(),
                tokensOut.value(),
                energy.value(),
                water.value(),
                carbon.value());
    }
}
