package io.ecomind.api.restatements;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.api.http.Json;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The answers about rating versions. */
final class RatingVersionViews {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final List<String> COLUMNS = Stream.concat(
                    Stream.of(Counter.values()).map(Counter::column),
                    Figure.ALL.stream().map(Figure::column))
            .toList();

    private RatingVersionViews() {}

    /**
     * A page.
     *
     * @param nextCursor null on the last page
     */
    record RatingVersionListView(
            String orgId,
            LocalDate from,
            LocalDate to,
            List<RatingVersionView> rows,
            @Nullable String nextCursor) {
        static RatingVersionListView of(String orgId, RatingVersionService.RatingVersions versions) {
            return new RatingVersionListView(
                    orgId,
                    versions.range().from(),
                    versions.range().to(),
                    versions.page().rows().stream().map(RatingVersionView::of).toList(),
                    versions.page().nextCursor());
        }
    }

    /**
     * A version of a day.
     *
     * @param restatement in /v1/restatements, or of the operator, who may restate all organisations at once; null for the
     *     kind rebuild
     * @param oldTotals by column of the organisation's daily row, as they were when the version was made; an amount is
     *     null while no call has it; empty when the day had no calls
     */
    record RatingVersionView(
            LocalDate date,
            int version,
            String kind,
            @Nullable String factorSet,
            String reason,
            @Nullable Long restatement,
            Instant createdAt,
            Map<String, @Nullable BigDecimal> oldTotals,
            Map<String, @Nullable BigDecimal> newTotals) {
        static RatingVersionView of(RatingVersion version) {
            return new RatingVersionView(
                    version.date(),
                    version.version(),
                    version.kind(),
                    version.factorSet(),
                    version.reason(),
                    version.kind().equals("rebuild") ? null : (Long) version.restatement(),
                    version.createdAt(),
                    totals(version.oldTotals()),
                    totals(version.newTotals()));
        }
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
                totals.put(column, value.isNull() ? null : Json.amount(value.decimalValue()));
            }
        }
        return totals;
    }
}
