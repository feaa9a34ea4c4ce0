package io.ecomind.api.usage;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
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
}
