package io.ecomind.footprint;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What moves between two sets, and by how much; only what differs. Immutable.
 *
 * @param models listed models whose reference call is rated differently, the largest change first
 * @param grid figures of the grid, the largest change first, then what is on one side only
 * @param rows rows of all other tables, in the order of {@link FactorTable}
 */
public record FactorSetDiff(List<ModelChange> models, List<GridChange> grid, List<RowChange> rows) {
    /** What the reference call of each model sends and gets. */
    public static final long REFERENCE_TOKENS_IN = 1_000;

    public static final long REFERENCE_TOKENS_OUT = 300;

    /** The quantities by which changes are shown and put in order. */
    public static final List<Quantity> SHOWN = List.of(Quantity.ENERGY, Quantity.WATER, Quantity.CARBON);

    public FactorSetDiff {
        models = List.copyOf(models);
        grid = List.copyOf(grid);
        rows = List.copyOf(rows);
    }

    /** A model under both sets; uncovered on the side that has no row for it. */
    public record ModelChange(String provider, String model, Rating before, Rating after) {
        /** What the mid figure of a quantity changes by, as a share of the earlier one; null when one is unknown. */
        public @Nullable Double relative(Quantity quantity) {
            Amounts earlier = before.amounts();
            Amounts later = after.amounts();
            if (earlier == null || later == null || !earlier.has(quantity) || !later.has(quantity)) {
                return null;
            }
            return share(earlier.nanos(quantity, Bound.MID), later.nanos(quantity, Bound.MID));
        }

        /** Infinite when the model is covered on one side only. */
        private double size() {
            if ((before.amounts() == null) != (after.amounts() == null)) {
                return Double.POSITIVE_INFINITY;
            }
            double largest = 0;
            for (Quantity quantity : SHOWN) {
                Double change = relative(quantity);
                largest = Math.max(largest, change == null ? 0 : Math.abs(change));
            }
            return largest;
        }
    }

    /** A figure of the grid, gCO2e per kWh; null on the side that does not have it. */
    public record GridChange(
            String zone,
            Instant start,
            SetRow.Resolution resolution,
            @Nullable Double before,
            @Nullable Double after) {
        /** The change as a share of the earlier figure; null when one is missing. */
        public @Nullable Double relative() {
            return before == null || after == null ? null : share(before, after);
        }

        private double size() {
            Double change = relative();
            return change == null ? -1 : Math.abs(change);
        }
    }

    /** A row; null on the side that does not have it. */
    public record RowChange(
            FactorTable table,
            @Nullable Map<String, @Nullable Object> before,
            @Nullable Map<String, @Nullable Object> after) {
        /** added, removed or changed. */
        public String kind() {
            return before == null ? "added" : after == null ? "removed" : "changed";
        }

        /** The columns that differ; none for rows that were added or removed. */
        public List<String> columns() {
            if (before == null || after == null) {
                return List.of();
            }
            Map<String, @Nullable Object> earlier = before;
            Map<String, @Nullable Object> later = after;
            return earlier.keySet().stream()
                    .filter(column -> !Objects.equals(earlier.get(column), later.get(column)))
                    .toList();
        }
    }

    /**
     * Compares two sets.
     *
     * @param tsMicros when the reference calls happen, microseconds since 1970 UTC
     */
    public static FactorSetDiff between(FactorSet before, FactorSet after, long tsMicros) {
        List<RowChange> rows = new ArrayList<>();
        for (FactorTable table : FactorTable.values()) {
            if (table != FactorTable.GRID) {
                rows.addAll(changes(table, before, after));
            }
        }
        List<GridChange> grid = grid(before.gridRows(), after.gridRows());
        grid.sort(Comparator.comparingDouble(GridChange::size)
                .reversed()
                .thenComparing(GridChange::zone)
                .thenComparing(GridChange::start));
        return new FactorSetDiff(models(before, after, tsMicros), grid, rows);
    }

    /** One unit, so that factors per unit show as well. */
    private static UsageCall referenceCall(FactorRow row, long tsMicros) {
        return new UsageCall(
                row.provider(),
                row.model(),
                "",
                "text",
                REFERENCE_TOKENS_IN,
                REFERENCE_TOKENS_OUT,
                0,
                0,
                1,
                tsMicros,
                tsMicros);
    }

    private static List<ModelChange> models(FactorSet before, FactorSet after, long tsMicros) {
        Map<String, FactorRow> listed = new TreeMap<>();
        for (FactorSet set : List.of(before, after)) {
            for (FactorRow row : set.rows()) {
                listed.putIfAbsent(FactorRow.normal(row.provider()) + '\n' + FactorRow.normal(row.model()), row);
            }
        }
        List<ModelChange> changes = new ArrayList<>();
        for (FactorRow row : listed.values()) {
            UsageCall call = referenceCall(row, tsMicros);
            var change = new ModelChange(
                    row.provider(),
                    row.model(),
                    before.rate(call, OrganisationFactors.NONE),
                    after.rate(call, OrganisationFactors.NONE));
            if (!Objects.equals(change.before().amounts(), change.after().amounts())) {
                changes.add(change);
            }
        }
        // Stable: equal changes stay in the order of their names.
        changes.sort(Comparator.comparingDouble(ModelChange::size).reversed());
        return changes;
    }

    /** Walks both lists, which are in one order, side by side: hours of many zones are too many for maps of them. */
    private static List<GridChange> grid(List<SetRow.Grid> before, List<SetRow.Grid> after) {
        List<GridChange> changes = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            SetRow.Grid earlier = i < before.size() ? before.get(i) : null;
            SetRow.Grid later = j < after.size() ? after.get(j) : null;
            int order = earlier == null ? 1 : later == null ? -1 : GridTable.ORDER.compare(earlier, later);
            if (order < 0 && earlier != null) {
                changes.add(change(earlier, earlier.gramsPerKwh(), null));
            } else if (order > 0 && later != null) {
                changes.add(change(later, null, later.gramsPerKwh()));
            } else if (earlier != null && later != null && earlier.gramsPerKwh() != later.gramsPerKwh()) {
                // Another source for the same figure moves nothing.
                changes.add(change(later, earlier.gramsPerKwh(), later.gramsPerKwh()));
            }
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return changes;
    }

    private static GridChange change(SetRow.Grid row, @Nullable Double before, @Nullable Double after) {
        return new GridChange(row.zone(), row.start(), row.resolution(), before, after);
    }

    private static List<RowChange> changes(FactorTable table, FactorSet before, FactorSet after) {
        Map<List<@Nullable Object>, Map<String, @Nullable Object>> earlier = new LinkedHashMap<>();
        table.rows(before).forEach(row -> earlier.put(key(table, row), row));
        List<RowChange> changes = new ArrayList<>();
        table.rows(after).forEach(row -> {
            Map<String, @Nullable Object> old = earlier.remove(key(table, row));
            if (!row.equals(old)) {
                changes.add(new RowChange(table, old, row));
            }
        });
        earlier.values().forEach(row -> changes.add(new RowChange(table, row, null)));
        return changes;
    }

    private static List<@Nullable Object> key(FactorTable table, Map<String, @Nullable Object> row) {
        List<@Nullable Object> key = new ArrayList<>();
        table.key().forEach(column -> key.add(row.get(column)));
        return key;
    }

    private static @Nullable Double share(double before, double after) {
        return before == 0 ? null : (after - before) / before;
    }
}
