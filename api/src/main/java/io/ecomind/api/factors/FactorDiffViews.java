package io.ecomind.api.factors;

import io.ecomind.api.http.Json;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.FactorSetDiff;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers about what differs between two factor sets. */
final class FactorDiffViews {
    private static final String APPROXIMATION =
            "An approximation: for each provider and model the average call of these days (tokens divided by calls, as"
                    + " text, without region, cache or latency) is rated under both sets, with the organisation's own"
                    + " factors of today, and multiplied by the number of calls. It is not what the days were rated by.";

    private FactorDiffViews() {}

    /**
     * The answer.
     *
     * @param counts how much differs; the lists are the first of it, up to the limit
     */
    record DiffView(
            String orgId,
            String from,
            String to,
            ReferenceCallView referenceCall,
            DiffCountsView counts,
            List<ModelChangeView> models,
            List<GridChangeView> grid,
            List<RowChangeView> rows,
            OrganisationView organisation) {

        static DiffView of(String orgId, FactorDiff found, int limit) {
            FactorSetDiff diff = found.diff();
            return new DiffView(
                    orgId,
                    found.from(),
                    found.to(),
                    new ReferenceCallView(
                            FactorSetDiff.REFERENCE_TOKENS_IN, FactorSetDiff.REFERENCE_TOKENS_OUT, "", found.at()),
                    new DiffCountsView(
                            diff.models().size(),
                            diff.grid().size(),
                            diff.rows().size()),
                    diff.models().stream()
                            .limit(limit)
                            .map(FactorDiffViews::view)
                            .toList(),
                    diff.grid().stream().limit(limit).map(FactorDiffViews::view).toList(),
                    diff.rows().stream().limit(limit).map(FactorDiffViews::view).toList(),
                    OrganisationView.of(found.organisation()));
        }
    }

    record ReferenceCallView(long tokensIn, long tokensOut, String region, Instant ts) {}

    record DiffCountsView(int models, int grid, int rows) {}

    record ModelChangeView(
            String provider, String model, SideView before, SideView after, ChangePercentView changePercent) {}

    /** Change of the mid figures in percent; null for what is unknown on one side. */
    record ChangePercentView(
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterL,
            @Nullable BigDecimal co2Kg) {
        static ChangePercentView of(MidFigures before, MidFigures after) {
            return new ChangePercentView(
                    percent(before.of(Quantity.ENERGY), after.of(Quantity.ENERGY)),
                    percent(before.of(Quantity.WATER), after.of(Quantity.WATER)),
                    percent(before.of(Quantity.CARBON), after.of(Quantity.CARBON)));
        }
    }

    @FunctionalInterface
    private interface MidFigures {
        @Nullable
        BigDecimal of(Quantity quantity);
    }

    /** Mid figures of the reference call; null when uncovered. */
    record SideView(
            String match,
            String matched,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterL,
            @Nullable BigDecimal co2Kg) {
        static SideView of(Rating rating) {
            return new SideView(
                    rating.match().id(),
                    rating.matched(),
                    mid(rating.amounts(), Quantity.ENERGY),
                    mid(rating.amounts(), Quantity.WATER),
                    mid(rating.amounts(), Quantity.CARBON));
        }
    }

    /** gCO2e per kWh; null on the side that does not have the row. */
    record GridChangeView(
            String zone,
            @Nullable Instant start,
            String resolution,
            @Nullable BigDecimal before,
            @Nullable BigDecimal after,
            @Nullable BigDecimal changePercent) {}

    /**
     * A row of another table.
     *
     * @param change added, removed or changed
     * @param columns what differs in a changed row
     */
    record RowChangeView(
            String table,
            String change,
            List<String> columns,
            @Nullable Map<String, @Nullable Object> before,
            @Nullable Map<String, @Nullable Object> after) {}

    /**
     * The organisation's last thirty days under both sets.
     *
     * @param calls all calls of these days
     * @param comparedCalls those that were rated again; the rest belongs to pairs beyond the limit
     */
    record OrganisationView(
            String approximation,
            LocalDate from,
            LocalDate to,
            long calls,
            long comparedCalls,
            SetTotalsView before,
            SetTotalsView after,
            ChangePercentView changePercent) {
        static OrganisationView of(FactorDiff.OrganisationDiff diff) {
            return new OrganisationView(
                    APPROXIMATION,
                    diff.range().from(),
                    diff.range().to(),
                    diff.calls(),
                    diff.comparedCalls(),
                    SetTotalsView.of(diff.before()),
                    SetTotalsView.of(diff.after()),
                    ChangePercentView.of(
                            quantity -> diff.before().of(quantity),
                            quantity -> diff.after().of(quantity)));
        }
    }

    /** Mid figures; null when there are calls and none is covered. */
    record SetTotalsView(
            long uncoveredCalls,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterL,
            @Nullable BigDecimal co2Kg) {
        static SetTotalsView of(SetTotals totals) {
            return new SetTotalsView(
                    totals.uncovered(),
                    Json.amount(totals.of(Quantity.ENERGY)),
                    Json.amount(totals.of(Quantity.WATER)),
                    Json.amount(totals.of(Quantity.CARBON)));
        }
    }

    private static ModelChangeView view(FactorSetDiff.ModelChange change) {
        return new ModelChangeView(
                change.provider(),
                change.model(),
                SideView.of(change.before()),
                SideView.of(change.after()),
                ChangePercentView.of(
                        quantity -> mid(change.before().amounts(), quantity),
                        quantity -> mid(change.after().amounts(), quantity)));
    }

    private static GridChangeView view(FactorSetDiff.GridChange change) {
        BigDecimal before = figure(change.before());
        BigDecimal after = figure(change.after());
        return new GridChangeView(
                change.zone(),
                change.start(),
                change.resolution().name().toLowerCase(Locale.ROOT),
                before,
                after,
                percent(before, after));
    }

    private static RowChangeView view(FactorSetDiff.RowChange change) {
        return new RowChangeView(
                change.table().id(), change.kind(), change.columns(), side(change.before()), side(change.after()));
    }

    private static @Nullable Map<String, @Nullable Object> side(@Nullable Map<String, @Nullable Object> row) {
        return row == null ? null : FactorSetViews.figures(row);
    }

    private static @Nullable BigDecimal figure(@Nullable Double value) {
        return value == null ? null : Json.amount(BigDecimal.valueOf(value));
    }

    private static @Nullable BigDecimal mid(@Nullable Amounts amounts, Quantity quantity) {
        return amounts == null ? null : Json.amount(amounts.decimal(quantity, Bound.MID));
    }

    /** To six decimal places; null when one side is unknown or the earlier one is 0. */
    private static @Nullable BigDecimal percent(@Nullable BigDecimal before, @Nullable BigDecimal after) {
        if (before == null || after == null || before.signum() == 0) {
            return null;
        }
        return Json.amount(
                after.subtract(before).multiply(BigDecimal.valueOf(100)).divide(before, 6, RoundingMode.HALF_EVEN));
    }
}
