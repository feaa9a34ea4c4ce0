package io.ecomind.cli.verify;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** What the log says about one day. Not thread-safe. */
public final class DayCounts {
    /**
     * The fields of a ledger record's footprint, found by the quantities' names. The pipeline's own table of them is not
     * used here: a mistake in it must not be repeated by the verification.
     */
    private static final Map<Quantity, FieldDescriptor> BANDS = bands();

    private long live;
    private long late;
    private long duplicate;
    private long rejected;
    private final ExactSum[] counters = sums(Counter.values().length);
    private final ExactSum[] nanos = sums(Figure.ALL.size());
    private final long[] known = new long[Figure.ALL.size()];

    void addLedgerRecord(EnrichedEvent record) {
        UsageEvent event = record.getEvent();
        Footprint footprint = record.getFootprint();
        count(Counter.CALL_COUNT, 1);
        count(Counter.TOKENS_IN, event.getTokensIn());
        count(Counter.TOKENS_OUT, event.getTokensOut());
        if (!footprint.hasEnergy()) {
            count(Counter.UNCOVERED_COUNT, 1);
            count(Counter.UNCOVERED_TOKENS_IN, event.getTokensIn());
            count(Counter.UNCOVERED_TOKENS_OUT, event.getTokensOut());
        }
        if (footprint.hasCarbonMarket()) {
            count(Counter.MARKET_COUNT, 1);
        }
        for (Map.Entry<Quantity, FieldDescriptor> field : BANDS.entrySet()) {
            if (footprint.hasField(field.getValue())) {
                add(field.getKey(), (Band) footprint.getField(field.getValue()));
            }
        }
    }

    private static Map<Quantity, FieldDescriptor> bands() {
        Map<Quantity, FieldDescriptor> bands = new EnumMap<>(Quantity.class);
        for (Quantity quantity : Quantity.values()) {
            String name = quantity.name().toLowerCase(Locale.ROOT);
            bands.put(
                    quantity,
                    Objects.requireNonNull(
                            Footprint.getDescriptor().findFieldByName(name), "Footprint has no field " + name));
        }
        return bands;
    }

    private void count(Counter counter, long more) {
        counters[counter.ordinal()].add(more);
    }

    private void add(Quantity quantity, Band band) {
        add(Figure.index(quantity, Bound.LOW), band.getLow());
        add(Figure.index(quantity, Bound.MID), band.getMid());
        add(Figure.index(quantity, Bound.HIGH), band.getHigh());
    }

    private void add(int figure, long value) {
        nanos[figure].add(value);
        known[figure]++;
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
    public VerifiedAmounts ledger() {
        return new VerifiedAmounts(values(counters), values(nanos), known.clone());
    }

    private static ExactSum[] sums(int size) {
        return Stream.generate(ExactSum::new).limit(size).toArray(ExactSum[]::new);
    }

    private static BigInteger[] values(ExactSum[] sums) {
        return Arrays.stream(sums).map(ExactSum::value).toArray(BigInteger[]::new);
    }
}
