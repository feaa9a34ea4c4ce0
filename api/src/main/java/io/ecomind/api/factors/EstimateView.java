package io.ecomind.api.factors;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import io.ecomind.api.http.JsonViews;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.usage.EpochMicros;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request for an estimate.
 *
 * @param receivedAt the moment that chose the set and the organisation's own factors
 */
record EstimateView(
        String orgId,
        @Nullable String receivedAt,
        String factorSet,
        String methodology,
        List<CallView> calls,
        TotalsView totals,
        List<String> warnings) {

    /**
     * One call.
     *
     * @param amounts by the names of the stored columns; null for what is not known
     * @param steps the calculation, each line from earlier ones
     * @param unknown why an amount is null
     */
    record CallView(
            InputView input,
            String factorSet,
            String methodology,
            String match,
            String matched,
            String basis,
            int evidenceTier,
            GridView grid,
            Map<String, @Nullable Object> amounts,
            List<FactorView> factors,
            List<StepView> steps,
            List<UnknownView> unknown) {

        static CallView of(EstimateRequest.Call call, Explanation explained) {
            Rating rating = explained.rating();
            return new CallView(
                    InputView.of(call),
                    rating.factorSet(),
                    explained.methodology().id(),
                    rating.match().id(),
                    rating.matched(),
                    rating.basis(),
                    rating.evidenceTier(),
                    new GridView(rating.gridMatch().id(), rating.gridZone(), rating.gridResolution()),
                    EstimateView.toView(rating.amounts()),
                    explained.factors().stream().map(FactorView::of).toList(),
                    explained.steps().stream()
                            .map(s -> new StepView(s.symbol(), s.formula(), s.unit(), s.low(), s.mid(), s.high()))
                            .toList(),
                    explained.unknown().stream()
                            .map(u -> new UnknownView(u.quantity().column(Bound.MID), u.why()))
                            .toList());
        }
    }

    /**
     * The call as it was understood.
     *
     * @param counts tokens of each class, latency and units, each as a member of its own
     */
    record InputView(
            String provider,
            String model,
            @JsonAnyGetter Map<String, @Nullable Long> counts,
            String modality,
            String region,
            @Nullable String ts) {
        static InputView of(EstimateRequest.Call call) {
            UsageEvent event = call.event();
            return new InputView(
                    event.getProvider(),
                    event.getModel(),
                    call.counts(),
                    event.getModality(),
                    event.getRegion(),
                    JsonViews.moment(EpochMicros.toInstant(event.getTsMicros())));
        }
    }

    /** Whose intensity was taken. */
    record GridView(String match, String zone, String resolution) {}

    /** A row that was used; evidence tier null where tiers do not apply. */
    record FactorView(
            String kind,
            String name,
            String figures,
            @Nullable Integer evidenceTier,
            String source,
            String licence) {
        static FactorView of(Explanation.Factor factor) {
            return new FactorView(
                    factor.kind(),
                    factor.name(),
                    factor.figures(),
                    factor.evidenceTier() == 0 ? null : factor.evidenceTier(),
                    factor.citation().source(),
                    factor.citation().licence());
        }
    }

    /** A line of the calculation, unrounded. */
    record StepView(String symbol, String formula, String unit, double low, double mid, double high) {}

    /** A quantity that is not known. */
    record UnknownView(String quantity, String why) {}

    /** Sums over the calls; each amount says of how many calls it is. */
    record TotalsView(
            int calls,
            int coveredCalls,
            int uncoveredCalls,
            long tokensIn,
            long tokensOut,
            Map<String, @Nullable Object> amounts) {}

    static EstimateView of(
            String orgId,
            Instant receivedAt,
            String factorSet,
            String methodology,
            EstimateRequest request,
            List<Explanation> explained) {
        List<CallView> calls = new ArrayList<>();
        var totals = new Totals();
        for (int i = 0; i < explained.size(); i++) {
            EstimateRequest.Call call = request.calls().get(i);
            calls.add(CallView.of(call, explained.get(i)));
            totals.add(explained.get(i).rating().amounts());
        }
        long tokensIn = request.calls().stream()
                .mapToLong(call -> call.event().getTokensIn())
                .sum();
        long tokensOut = request.calls().stream()
                .mapToLong(call -> call.event().getTokensOut())
                .sum();
        return new EstimateView(
                orgId,
                JsonViews.moment(receivedAt),
                factorSet,
                methodology,
                calls,
                new TotalsView(
                        totals.calls,
                        totals.calls - totals.uncovered,
                        totals.uncovered,
                        tokensIn,
                        tokensOut,
                        totals.toView()),
                request.warnings());
    }

    private static Map<String, @Nullable Object> toView(@Nullable Amounts amounts) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        for (Quantity quantity : Quantity.values()) {
            view.put(
                    quantity.column(Bound.MID),
                    amounts == null || !amounts.has(quantity)
                            ? null
                            : amount(quantity, bound -> amounts.decimal(quantity, bound)));
        }
        return view;
    }

    private interface PerBound {
        @Nullable
        BigDecimal at(Bound bound);
    }

    private static Map<String, @Nullable Object> amount(Quantity quantity, PerBound figure) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("unit", quantity.unit());
        view.put("low", JsonViews.amount(figure.at(Bound.LOW)));
        view.put("mid", JsonViews.amount(figure.at(Bound.MID)));
        view.put("high", JsonViews.amount(figure.at(Bound.HIGH)));
        String boundary = switch (quantity) {
            case WATER -> "on-site and off-site, as far as they are known";
            case WATER_ONSITE -> "on-site: consumed by the data centre";
            case WATER_OFFSITE -> "off-site: consumed by the power stations behind its grid";
            default -> null;
        };
        if (boundary != null) {
            view.put("boundary", boundary);
        }
        return view;
    }

    /** Sums of exact decimals. */
    private static final class Totals {
        private final Map<Quantity, BigDecimal[]> sums = new EnumMap<>(Quantity.class);
        private final Map<Quantity, Integer> known = new EnumMap<>(Quantity.class);
        private int calls;
        private int uncovered;

        void add(@Nullable Amounts amounts) {
            calls++;
            if (amounts == null) {
                uncovered++;
                return;
            }
            for (Quantity quantity : Quantity.values()) {
                if (amounts.has(quantity)) {
                    known.merge(quantity, 1, Integer::sum);
                    BigDecimal[] sum = sums.computeIfAbsent(
                            quantity, q -> new BigDecimal[] {BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO});
                    for (Bound bound : Bound.values()) {
                        sum[bound.ordinal()] = sum[bound.ordinal()].add(
                                BigDecimal.valueOf(amounts.nanos(quantity, bound), quantity.scale()));
                    }
                }
            }
        }

        Map<String, @Nullable Object> toView() {
            Map<String, @Nullable Object> view = new LinkedHashMap<>();
            for (Quantity quantity : Quantity.values()) {
                BigDecimal[] sum = sums.get(quantity);
                if (sum == null) {
                    view.put(quantity.column(Bound.MID), null);
                } else {
                    Map<String, @Nullable Object> amount = amount(quantity, bound -> sum[bound.ordinal()]);
                    int calculated = known.getOrDefault(quantity, 0);
                    amount.put("known_calls", calculated);
                    amount.put("unknown_calls", calls - calculated);
                    view.put(quantity.column(Bound.MID), amount);
                }
            }
            return view;
        }
    }
}
