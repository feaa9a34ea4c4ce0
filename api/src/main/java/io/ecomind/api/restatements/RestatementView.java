package io.ecomind.api.restatements;

import io.ecomind.api.http.JsonViews;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A request and what became of it. Immutable.
 *
 * @param kind late or rerate
 * @param state requested, running, waiting (days are not sealed yet), done or failed
 * @param detail how many days had which outcome, or why it failed; null before the first run
 */
record RestatementView(
        long id,
        String from,
        String to,
        String kind,
        @Nullable String factorSet,
        String reason,
        String state,
        @Nullable String detail,
        @Nullable String requestedAt,
        @Nullable String finishedAt) {

    static RestatementView fromRow(ResultSet row) throws SQLException {
        return new RestatementView(
                row.getLong("id"),
                row.getObject("from_date", LocalDate.class).toString(),
                row.getObject("to_date", LocalDate.class).toString(),
                row.getString("kind"),
                row.getString("factor_set"),
                row.getString("reason"),
                row.getString("state"),
                row.getString("detail"),
                moment(row, "requested_at"),
                moment(row, "finished_at"));
    }

    private static @Nullable String moment(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return JsonViews.moment(at == null ? null : at.toInstant());
    }
}
