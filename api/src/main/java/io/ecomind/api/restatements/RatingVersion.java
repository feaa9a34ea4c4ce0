package io.ecomind.api.restatements;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.api.http.JsonViews;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a day has a version, and its totals before and after. Immutable.
 *
 * @param restatement in /v1/restatements, or of the operator, who may restate all organisations at once; null for the
 *     kind rebuild
 * @param oldTotals by column of the organisation's daily row, amounts null while no call has them; empty when the day had
 *     no calls
 */
record RatingVersion(
        String date,
        int version,
        String kind,
        @Nullable String factorSet,
        String reason,
        @Nullable Long restatement,
        @Nullable String createdAt,
        Map<String, @Nullable BigDecimal> oldTotals,
        Map<String, @Nullable BigDecimal> newTotals) {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final List<String> COLUMNS = Stream.concat(
                    Stream.of(Counter.values()).map(Counter::column),
                    Figure.ALL.stream().map(Figure::column))
            .toList();

    static RatingVersion fromRow(ResultSet row) throws SQLException {
        String kind = row.getString("kind");
        return new RatingVersion(
                row.getObject("date", LocalDate.class).toString(),
                row.getInt("version"),
                kind,
                row.getString("factor_set"),
                row.getString("reason"),
                kind.equals("rebuild") ? null : (Long) row.getLong("restatement"),
                JsonViews.moment(
                        row.getObject("created_at", OffsetDateTime.class).toInstant()),
                totals(row.getString("old_totals")),
                totals(row.getString("new_totals")));
    }

    Place place() {
        return new Place(LocalDate.parse(date).toEpochDay(), version);
    }

    private static Map<String, @Nullable BigDecimal> totals(String stored) {
        JsonNode json;
        try {
            json = JSON.readTree(stored);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the database wrote JSON that cannot be read", e);
        }
        Map<String, @Nullable BigDecimal> totals = new LinkedHashMap<>();
        for (String column : COLUMNS) {
            JsonNode value = json.get(column);
            if (value != null) {
                totals.put(column, value.isNull() ? null : JsonViews.amount(value.decimalValue()));
            }
        }
        return totals;
    }
}
