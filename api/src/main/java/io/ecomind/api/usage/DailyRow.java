package io.ecomind.api.usage;

import io.ecomind.api.http.JsonViews;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One group on one day. Immutable.
 *
 * @param group values of {@link GroupBy#fields}, in their order; null for what belongs to no team
 */
record DailyRow(LocalDate date, List<@Nullable String> group, Sums sums, boolean provisional) {
    private static final List<Counter> MAIN_COUNTERS =
            List.of(Counter.CALL_COUNT, Counter.UNCOVERED_COUNT, Counter.TOKENS_IN, Counter.TOKENS_OUT);
    private static final List<Figure> MAIN_FIGURES = Stream.of(Quantity.ENERGY, Quantity.WATER, Quantity.CARBON)
            .map(quantity -> new Figure(quantity, Bound.MID))
            .toList();

    static DailyRow fromRow(ResultSet row, GroupBy groupBy) throws SQLException {
        List<@Nullable String> group = new ArrayList<>();
        for (String field : groupBy.fields()) {
            group.add(row.getString(field));
        }
        return new DailyRow(
                row.getObject("date", LocalDate.class), group, Sums.fromRow(row), !row.getBoolean("sealed"));
    }

    /** The names of {@link #toView}, in order. */
    static List<String> columns(GroupBy groupBy) {
        List<String> columns = new ArrayList<>();
        columns.add("date");
        columns.addAll(groupBy.fields());
        columns.addAll(toView(Sums.NO_CALLS).keySet());
        columns.add("provisional");
        return columns;
    }

    Map<String, @Nullable Object> toView(GroupBy groupBy) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("date", date.toString());
        for (int i = 0; i < group.size(); i++) {
            view.put(groupBy.fields().get(i), group.get(i));
        }
        view.putAll(toView(sums));
        view.put("provisional", provisional);
        return view;
    }

    /** The totals first, then what they consist of. */
    static Map<String, @Nullable Object> toView(Sums sums) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        for (Counter counter : MAIN_COUNTERS) {
            view.put(counter.column(), sums.count(counter));
        }
        for (Figure figure : MAIN_FIGURES) {
            view.put(figure.column(), JsonViews.amount(sums.amount(figure)));
        }
        view.put("covered_count", sums.count(Counter.CALL_COUNT) - sums.count(Counter.UNCOVERED_COUNT));
        view.put("covered_tokens_in", sums.count(Counter.TOKENS_IN) - sums.count(Counter.UNCOVERED_TOKENS_IN));
        view.put("covered_tokens_out", sums.count(Counter.TOKENS_OUT) - sums.count(Counter.UNCOVERED_TOKENS_OUT));
        for (Counter counter : Counter.values()) {
            view.putIfAbsent(counter.column(), sums.count(counter));
        }
        for (Figure figure : Figure.ALL) {
            // One of the totals may be there as null.
            if (!MAIN_FIGURES.contains(figure)) {
                view.put(figure.column(), JsonViews.amount(sums.amount(figure)));
            }
        }
        return view;
    }
}
