package io.ecomind.jobs.daily;

import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The columns of the daily tables beside their keys, in one order: counters, then amounts. Stateless. */
public final class TotalColumns {
    private static final List<Counter> COUNTERS = List.of(Counter.values());

    /** Separated by commas. */
    public static final String NAMES = each(name -> name, name -> name);

    /** A question mark for each. */
    public static final String PLACES = each(name -> "?", name -> "?");

    /** The sum of each over rows that are grouped; unknown when it is in all of them. */
    static final String SUMMED = each(name -> "sum(" + name + ")", name -> "sum(" + name + ")");

    /** Sets each to what is inserted. */
    public static final String REPLACED =
            each(name -> name + " = EXCLUDED." + name, name -> name + " = EXCLUDED." + name);

    /** Adds what is inserted to the row {@code t}; what is unknown on one side leaves the other as it is. */
    static final String ADDED = each(
            name -> "%1$s = t.%1$s + EXCLUDED.%1$s".formatted(name),
            name -> "%1$s = coalesce(t.%1$s + EXCLUDED.%1$s, t.%1$s, EXCLUDED.%1$s)".formatted(name));

    private TotalColumns() {}

    /** Sets all of them, from the given place of the statement on. */
    public static void set(PreparedStatement statement, int first, Totals totals) throws SQLException {
        int place = first;
        for (Counter counter : COUNTERS) {
            statement.setLong(place++, totals.count(counter));
        }
        for (Figure figure : Figure.ALL) {
            statement.setBigDecimal(place++, totals.amount(figure));
        }
    }

    private static String each(Function<String, String> ofCounter, Function<String, String> ofAmount) {
        return Stream.concat(
                        COUNTERS.stream().map(Counter::column).map(ofCounter),
                        Figure.ALL.stream().map(Figure::column).map(ofAmount))
                .collect(Collectors.joining(", "));
    }
}
