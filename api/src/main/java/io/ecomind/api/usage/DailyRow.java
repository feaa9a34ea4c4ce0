package io.ecomind.api.usage;

import io.ecomind.api.tenant.JsonViews;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One group on one day. Immutable.
 *
 * @param group values of {@link GroupBy#fields}, in their order; null for what belongs to no team
 */
record DailyRow(LocalDate date, List<@Nullable String> group, Sums sums, boolean provisional) {

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
        columns.addAll(List.of(
                "call_count", "uncovered_count", "tokens_in", "tokens_out", "kwh", "water_l", "co2_kg", "provisional"));
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

    static Map<String, @Nullable Object> toView(Sums sums) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("call_count", sums.callCount());
        view.put("uncovered_count", sums.uncoveredCount());
        view.put("tokens_in", sums.tokensIn());
        view.put("tokens_out", sums.tokensOut());
        view.put("kwh", JsonViews.amount(sums.kwh()));
        view.put("water_l", JsonViews.amount(sums.waterL()));
        view.put("co2_kg", JsonViews.amount(sums.co2Kg()));
        return view;
    }
}
