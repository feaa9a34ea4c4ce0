package io.ecomind.jobs.totals;

import static io.ecomind.footprint.Counter.CALL_COUNT;
import static io.ecomind.footprint.Counter.MARKET_COUNT;
import static io.ecomind.footprint.Counter.TOKENS_IN;
import static io.ecomind.footprint.Counter.TOKENS_OUT;
import static io.ecomind.footprint.Counter.UNCOVERED_COUNT;
import static io.ecomind.footprint.Counter.UNCOVERED_TOKENS_IN;
import static io.ecomind.footprint.Counter.UNCOVERED_TOKENS_OUT;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.runtime.CopyText;
import io.ecomind.usage.FootprintBands;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Running totals of one key. Not thread-safe. */
public final class UsageTotals {
    private static final Quantity[] QUANTITIES = Quantity.values();

    private final long[] counters = new long[Counter.values().length];
    private final NanoSums amounts = new NanoSums();

    public void add(EnrichedEvent enriched) {
        Footprint footprint = enriched.getFootprint();
        long tokensIn = enriched.getEvent().getTokensIn();
        long tokensOut = enriched.getEvent().getTokensOut();
        count(CALL_COUNT, 1);
        count(TOKENS_IN, tokensIn);
        count(TOKENS_OUT, tokensOut);
        if (!footprint.hasEnergy()) {
            count(UNCOVERED_COUNT, 1);
            count(UNCOVERED_TOKENS_IN, tokensIn);
            count(UNCOVERED_TOKENS_OUT, tokensOut);
        }
        if (footprint.hasCarbonMarket()) {
            count(MARKET_COUNT, 1);
        }
        for (Quantity quantity : QUANTITIES) {
            Band band = FootprintBands.of(footprint, quantity);
            if (band != null) {
                amounts.add(quantity, band);
            }
        }
    }

    public void add(UsageSum sum) {
        add(sum.counters());
        amounts.add(new NanoSums(sum.knownQuantities(), sum.nanos(), sum.carries()));
    }

    /** The sums so far, as a part of the day of the key. */
    public UsageSum toUsageSum(String key, long dayStartMillis, long dayEndMillis) {
        return new UsageSum(
                key,
                dayStartMillis,
                dayEndMillis,
                counters.clone(),
                amounts.known(),
                amounts.nanos(),
                amounts.carries());
    }

    public long count(Counter counter) {
        return counters[counter.ordinal()];
    }

    /** In kWh, L or kg; null while no call has the quantity: unknown is not zero. */
    @Nullable
    public BigDecimal amount(Figure figure) {
        return amounts.toDecimal(figure);
    }

    /** Writes {@link TotalColumns#NAMES}, in their order. */
    public void copyTo(CopyText row) {
        for (long counter : counters) {
            row.number(counter);
        }
        amounts.copyTo(row);
    }

    private void count(Counter counter, long more) {
        counters[counter.ordinal()] = Math.addExact(counters[counter.ordinal()], more);
    }

    private void add(long[] others) {
        for (int i = 0; i < counters.length; i++) {
            counters[i] = Math.addExact(counters[i], others[i]);
        }
    }
}
