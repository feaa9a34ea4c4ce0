package io.ecomind.api.factors;

import io.ecomind.api.http.Json;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.FactorTable;
import io.ecomind.store.FactorSets;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers about factor sets. */
final class FactorSetViews {
    private FactorSetViews() {}

    /**
     * A set.
     *
     * @param activeFrom null: since always
     * @param active whether it rates what is received now
     * @param rows number of rows by table; null when the set cannot be read
     * @param problem why it cannot be read; null when it can
     */
    record FactorSetView(
            String id,
            String methodology,
            String reason,
            @Nullable String replaces,
            String sha256,
            @Nullable Instant activeFrom,
            boolean active,
            @Nullable Map<String, Long> rows,
            @Nullable String problem) {

        static FactorSetView of(FactorSetService.ListedSet listed) {
            FactorSets.Stored stored = listed.stored();
            FactorSet set = listed.set();
            Map<String, Long> rows = null;
            if (set != null) {
                rows = new LinkedHashMap<>();
                for (FactorTable table : FactorTable.values()) {
                    rows.put(table.id(), table.count(set));
                }
            }
            return new FactorSetView(
                    stored.id(),
                    stored.methodology(),
                    stored.reason(),
                    stored.replaces(),
                    stored.sha256(),
                    stored.activeFrom(),
                    listed.active(),
                    rows,
                    listed.problem());
        }
    }

    record FactorSetListView(List<FactorSetView> sets) {}

    /**
     * Some rows of a set.
     *
     * @param found rows that meet all filters
     * @param nextOffset null on the last page
     */
    record FactorRowsView(
            FactorSetView set,
            long found,
            int offset,
            int limit,
            @Nullable Integer nextOffset,
            List<Map<String, @Nullable Object>> rows) {
        static FactorRowsView of(FactorSetService.FoundRows found, int offset, int limit) {
            return new FactorRowsView(
                    FactorSetView.of(found.set()),
                    found.found(),
                    offset,
                    limit,
                    (long) offset + limit < found.found() ? offset + limit : null,
                    found.rows().stream()
                            .map(row -> row(row.table(), row.row()))
                            .toList());
        }
    }

    /** A row with the name of its table; its columns are those of the table. */
    static Map<String, @Nullable Object> row(FactorTable table, Map<String, @Nullable Object> row) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("table", table.id());
        view.putAll(figures(row));
        return view;
    }

    /** Figures as the files have them, without exponents. */
    static Map<String, @Nullable Object> figures(Map<String, @Nullable Object> row) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        row.forEach((column, value) ->
                view.put(column, value instanceof Double figure ? Json.amount(BigDecimal.valueOf(figure)) : value));
        return view;
    }
}
