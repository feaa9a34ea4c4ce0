package io.ecomind.api.factors;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.ecomind.api.http.Json;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.usage.EpochMicros;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request for an estimate.
 *
 * @param receivedAt the moment that chose the set and the organisation's own factors
 * @param calls each calculated when it is written
 * @param totals of the calls that were written before
 */
record EstimateView(
        String orgId,
        Instant receivedAt,
        String factorSet,
        String methodology,
        Iterator<CallView> calls,
        CallSums totals,
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
            Map<String, @Nullable AmountView> amounts,
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
            Instant ts) {
        static InputView of(EstimateRequest.Call call) {
            UsageEvent event = call.event();
            return new InputView(
                    event.getProvider(),
                    event.getModel(),
                    call.counts(),
                    event.getModality(),
                    event.getRegion(),
                    EpochMicros.toInstant(event.getTsMicros()));
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
    record EstimateTotalsView(
            int calls,
            int coveredCalls,
            int uncoveredCalls,
            long tokensIn,
            long tokensOut,
            Map<String, @Nullable AmountSumView> amounts) {}

    /**
     * An exact amount.
     *
     * @param boundary which water is counted; left out for other quantities
     */
    record AmountView(
            String unit,
            @Nullable BigDecimal low,
            @Nullable BigDecimal mid,
            @Nullable BigDecimal high,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String boundary) {}

    /** A sum of amounts, and of how many calls it is. */
    record AmountSumView(
            String unit,
            @Nullable BigDecimal low,
            @Nullable BigDecimal mid,
            @Nullable BigDecimal high,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String boundary,

            int knownCalls,
            int unknownCalls) {}

    static EstimateView of(String orgId, EstimateRequest request, Estimate estimate) {
        var totals = new CallSums();
        Iterator<CallView> calls = request.calls().stream()
                .map(call -> {
                    Explanation explanation = estimate.explained().next();
                    totals.add(call.event(), explanation.rating().amounts());
                    return CallView.of(call, explanation);
                })
                .iterator();
        return new EstimateView(
                orgId,
                estimate.receivedAt(),
                estimate.set().id(),
                estimate.set().methodology().id(),
                calls,
                totals,
                request.warnings());
    }

    private static Map<String, @Nullable AmountView> toView(@Nullable Amounts amounts) {
        Map<String, @Nullable AmountView> view = new LinkedHashMap<>();
        for (Quantity quantity : Quantity.values()) {
            view.put(
                    quantity.column(Bound.MID),
                    amounts == null || !amounts.has(quantity)
                            ? null
                            : new AmountView(
                                    quantity.unit(),
                                    Json.amount(amounts.decimal(quantity, Bound.LOW)),
                                    Json.amount(amounts.decimal(quantity, Bound.MID)),
                                    Json.amount(amounts.decimal(quantity, Bound.HIGH)),
                                    boundary(quantity)));
        }
        return view;
    }

    private static @Nullable String boundary(Quantity quantity) {
        return switch (quantity) {
            case WATER -> "on-site and off-site, as far as they are known";
            case WATER_ONSITE -> "on-site: consumed by the data centre";
            case WATER_OFFSITE -> "off-site: consumed by the power stations behind its grid";
            default -> null;
        };
    }

    /** Sums over the calls so far, in exact decimals. Not thread-safe. */
    static final class CallSums {
        private final Map<Quantity, BigDecimal[]> sums = new EnumMap<>(Quantity.class);
        private final Map<Quantity, Integer> known = new EnumMap<>(Quantity.class);
        private int calls;
        private int uncovered;
        private long tokensIn;
        private long tokensOut;

        /** Asked for when the calls are written. */
        @JsonValue
        EstimateTotalsView toTotals() {
            return new EstimateTotalsView(calls, calls - uncovered, uncovered, tokensIn, tokensOut, toView());
        }

        void add(UsageEvent event, @Nullable Amounts amounts) {
            calls++;
            tokensIn += event.getTokensIn();
            tokensOut += event.getTokensOut();
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

        private Map<String, @Nullable AmountSumView> toView() {
            Map<String, @Nullable AmountSumView> view = new LinkedHashMap<>();
            for (Quantity quantity : Quantity.values()) {
                BigDecimal[] sum = sums.get(quantity);
                int calculated = known.getOrDefault(quantity, 0);
                view.put(
                        quantity.column(Bound.MID),
                        sum == null
                                ? null
                                : new AmountSumView(
                                        quantity.unit(),
                                        Json.amount(sum[Bound.LOW.ordinal()]),
                                        Json.amount(sum[Bound.MID.ordinal()]),
                                        Json.amount(sum[Bound.HIGH.ordinal()]),
                                        boundary(quantity),
                                        calculated,
                                        calls - calculated));
            }
            return view;
        }
    }
}
