package io.ecomind.cli.verify;

import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Totals of some events: counters, and each figure in nano-units with the number of parts that know it, since a sum of
 * nothing known is unknown and not 0. Immutable.
 */
public final class VerifiedAmounts {
    static final VerifiedAmounts NONE =
            new VerifiedAmounts(zeros(Counter.values().length), zeros(Figure.ALL.size()), new long[Figure.ALL.size()]);

    private final BigInteger[] counters;
    private final BigInteger[] nanos;
    private final long[] known;

    /**
     * Takes the arrays over.
     *
     * @param counters by {@link Counter} ordinal
     * @param nanos by {@link Figure#index}, 0 where unknown
     * @param known how many parts have the figure, by {@link Figure#index}
     */
    VerifiedAmounts(BigInteger[] counters, BigInteger[] nanos, long[] known) {
        this.counters = counters;
        this.nanos = nanos;
        this.known = known;
    }

    public BigInteger count(Counter counter) {
        return counters[counter.ordinal()];
    }

    /** In kWh, L or kg; null when unknown. */
    public @Nullable BigDecimal amount(Figure figure) {
        return known[figure.index()] == 0 ? null : new BigDecimal(nanos[figure.index()], figure.scale());
    }

    VerifiedAmounts plus(VerifiedAmounts other) {
        return combined(other, 1);
    }

    VerifiedAmounts minus(VerifiedAmounts other) {
        return combined(other, -1);
    }

    private VerifiedAmounts combined(VerifiedAmounts other, int sign) {
        BigInteger factor = BigInteger.valueOf(sign);
        var sums = new VerifiedAmounts(counters.clone(), nanos.clone(), known.clone());
        for (int i = 0; i < counters.length; i++) {
            sums.counters[i] = counters[i].add(other.counters[i].multiply(factor));
        }
        for (int i = 0; i < nanos.length; i++) {
            sums.nanos[i] = nanos[i].add(other.nanos[i].multiply(factor));
            sums.known[i] = Math.addExact(known[i], sign * other.known[i]);
        }
        return sums;
    }

    /** What the table says otherwise about the calls themselves, however they are rated. */
    List<String> differencesOfCalls(VerifiedAmounts table) {
        return differences(table, List.of(Counter.CALL_COUNT, Counter.TOKENS_IN, Counter.TOKENS_OUT));
    }

    /** What the table says otherwise, in words: counters, figures, and figures that only one of the two knows. */
    List<String> differences(VerifiedAmounts table) {
        List<String> different = differences(table, List.of(Counter.values()));
        for (Figure figure : Figure.ALL) {
            BigDecimal expected = amount(figure);
            BigDecimal stored = table.amount(figure);
            if (!(expected == null ? stored == null : expected.equals(stored))) {
                different.add(figure.column() + " ledger " + plain(expected) + ", table " + plain(stored));
            }
        }
        return different;
    }

    private List<String> differences(VerifiedAmounts table, List<Counter> compared) {
        List<String> different = new ArrayList<>();
        for (Counter counter : compared) {
            if (!count(counter).equals(table.count(counter))) {
                different.add(counter.column() + " ledger " + count(counter) + ", table " + table.count(counter));
            }
        }
        return different;
    }

    /** Figures that another number of events knows than of the table's rows. */
    List<String> differencesOfKnown(VerifiedAmounts rows) {
        List<String> different = new ArrayList<>();
        for (Figure figure : Figure.ALL) {
            int i = figure.index();
            if (known[i] != rows.known[i]) {
                different.add("calls with " + figure.column() + " ledger " + known[i] + ", table " + rows.known[i]);
            }
        }
        return different;
    }

    /** For a finding: all digits that matter, or that there is none. */
    static String plain(@Nullable BigDecimal amount) {
        return amount == null ? "nothing" : amount.stripTrailingZeros().toPlainString();
    }

    private static BigInteger[] zeros(int size) {
        var zeros = new BigInteger[size];
        Arrays.fill(zeros, BigInteger.ZERO);
        return zeros;
    }
}
