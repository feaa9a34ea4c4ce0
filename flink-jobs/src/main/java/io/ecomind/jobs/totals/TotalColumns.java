package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.usage.FootprintBands;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The columns of the daily tables beside their keys, in one order: counters, then amounts. Stateless. */
public final class TotalColumns {
    private static final List<Counter> COUNTERS = List.of(Counter.values());

    /** The amounts in usage.totals: every mid figure, and the low and high of the three totals. */
    private static final List<Figure> SENT = Figure.ALL.stream()
            .filter(figure -> figure.bound() == Bound.MID
                    || figure.quantity() == Quantity.ENERGY
                    || figure.quantity() == Quantity.WATER
                    || figure.quantity() == Quantity.CARBON)
            .toList();

    /** Separated by commas. */
    public static final String NAMES = each(name -> name, name -> name);

    /** A question mark for each. */
    public static final String PLACES = each(name -> "?", name -> "?");

    /** The sum of each column over grouped rows; null when it is null in all of them. */
    public static final String SUMMED = each(name -> "sum(" + name + ")", name -> "sum(" + name + ")");

    /** Sets each column to the inserted value. */
    public static final String REPLACED =
            each(name -> name + " = EXCLUDED." + name, name -> name + " = EXCLUDED." + name);

    /** Adds the inserted values to the row {@code t}; a null on one side leaves the other value as it is. */
    public static final String ADDED = each(
            name -> "%1$s = t.%1$s + EXCLUDED.%1$s".formatted(name),
            name -> "%1$s = coalesce(t.%1$s + EXCLUDED.%1$s, t.%1$s, EXCLUDED.%1$s)".formatted(name));

    /** The columns of the row {@code t} that {@link #read} reads, amounts as exact texts. */
    static final String READ = Stream.concat(
                    COUNTERS.stream().map(counter -> "t." + counter.column()),
                    SENT.stream().map(figure -> "t." + figure.column() + "::text"))
            .collect(Collectors.joining(", "));

    /** How many columns those are. */
    static final int READ_COUNT = COUNTERS.size() + SENT.size();

    private TotalColumns() {}

    /** Sets all of them, from the given place of the statement on. */
    public static void set(PreparedStatement statement, int first, UsageTotals totals) throws SQLException {
        int place = first;
        for (Counter counter : COUNTERS) {
            statement.setLong(place++, totals.count(counter));
        }
        for (Figure figure : Figure.ALL) {
            statement.setBigDecimal(place++, totals.amount(figure));
        }
    }

    /** Reads what {@link #READ} selects, from the given column on. */
    static void read(ResultSet row, int first, UsageTotal.Builder total) throws SQLException {
        int column = first;
        for (Counter counter : COUNTERS) {
            long count = row.getLong(column++);
            switch (counter) {
                case CALL_COUNT -> total.setCallCount(count);
                case UNCOVERED_COUNT -> total.setUncoveredCount(count);
                case TOKENS_IN -> total.setTokensIn(count);
                case TOKENS_OUT -> total.setTokensOut(count);
                case UNCOVERED_TOKENS_IN -> total.setUncoveredTokensIn(count);
                case UNCOVERED_TOKENS_OUT -> total.setUncoveredTokensOut(count);
                case MARKET_COUNT -> total.setMarketCount(count);
            }
        }
        for (Figure figure : SENT) {
            String amount = row.getString(column++);
            if (amount != null) {
                FootprintBands.set(total, figure, amount);
            }
        }
    }

    private static String each(Function<String, String> ofCounter, Function<String, String> ofAmount) {
        return Stream.concat(
                        COUNTERS.stream().map(Counter::column).map(ofCounter),
                        Figure.ALL.stream().map(Figure::column).map(ofAmount))
                .collect(Collectors.joining(", "));
    }
}
