package io.ecomind.api.usage;

import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Added-up calls. Immutable. An amount covers the calls whose figure is known; it is null when there are calls and none
 * of them has it. No calls at all are exactly 0, not unknown.
 */
final class Sums {
    /** The columns of the daily tables that sums are read from. */
    private static final List<String> COLUMNS = Stream.concat(
                    Arrays.stream(Counter.values()).map(Counter::column),
                    Figure.ALL.stream().map(Figure::column))
            .toList();

    static final Sums NO_CALLS = noCalls();

    private final long[] counters = new long[Counter.values().length];
    private final @Nullable BigDecimal[] amounts = new BigDecimal[Figure.ALL.size()];

    private Sums() {}

    /** The columns for a SELECT, each in the given form. */
    static String columns(UnaryOperator<String> form) {
        return COLUMNS.stream().map(form).collect(Collectors.joining(", "));
    }

    /** From a row that has all {@link #columns}. */
    static Sums fromRow(ResultSet row) throws SQLException {
        var sums = new Sums();
        for (Counter counter : Counter.values()) {
            sums.counters[counter.ordinal()] = row.getLong(counter.column());
        }
        for (Figure figure : Figure.ALL) {
            sums.amounts[figure.index()] = row.getBigDecimal(figure.column());
        }
        return sums;
    }

    Sums plus(Sums other) {
        // Otherwise the exact 0 of no calls would turn an unknown amount into a known one.
        if (count(Counter.CALL_COUNT) == 0) {
            return other;
        }
        if (other.count(Counter.CALL_COUNT) == 0) {
            return this;
        }
        var sums = new Sums();
        for (int i = 0; i < counters.length; i++) {
            sums.counters[i] = Math.addExact(counters[i], other.counters[i]);
        }
        for (int i = 0; i < amounts.length; i++) {
            sums.amounts[i] = add(amounts[i], other.amounts[i]);
        }
        return sums;
    }

    long count(Counter counter) {
        return counters[counter.ordinal()];
    }

    /** In kWh, L or kg; null when unknown. */
    @Nullable
    BigDecimal amount(Figure figure) {
        return amounts[figure.index()];
    }

    /** In kWh, L or kg; null when unknown. */
    @Nullable
    BigDecimal amount(Quantity quantity, Bound bound) {
        return amounts[Figure.index(quantity, bound)];
    }

    private static Sums noCalls() {
        var sums = new Sums();
        Arrays.fill(sums.amounts, BigDecimal.ZERO);
        return sums;
    }

    private static @Nullable BigDecimal add(@Nullable BigDecimal a, @Nullable BigDecimal b) {
        if (a == null) {
            return b;
        }
        return b == null ? a : a.add(b);
    }
}
