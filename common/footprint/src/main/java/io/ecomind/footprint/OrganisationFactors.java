package io.ecomind.footprint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What an organisation has stored of its own: factors that go before every set's, and contracts that give a market-based
 * figure beside the location-based one. Immutable and thread-safe.
 *
 * <p>Both are immutable by id and chosen by the event alone: they rate what was received while they were active and
 * happened while they are valid.
 */
public final class OrganisationFactors {
    public static final OrganisationFactors NONE = new OrganisationFactors(List.of(), List.of());

    private final Map<String, List<FactorOverride>> overrides = new HashMap<>();
    private final List<Contract> contracts;

    /**
     * When a row counts.
     *
     * @param activeFromMicros it rates what is received from this moment on
     * @param retiredMicros and until before this one
     */
    public record Span(long activeFromMicros, long retiredMicros, Validity validity) {
        boolean covers(UsageCall call) {
            return covers(call.receivedAtMicros(), call.day());
        }

        /** Whether the row counts for what was received at a moment and happened on a day (days since 1970, UTC). */
        public boolean covers(long receivedAtMicros, long day) {
            return receivedAtMicros >= activeFromMicros && receivedAtMicros < retiredMicros && validity.holdsOn(day);
        }
    }

    /** An organisation's own factor; its model {@code *} stands for all of the provider. */
    public record FactorOverride(String id, Span span, FactorRow row) {
        private static final String LICENCE = "the organisation's own";

        /** A flat factor, which knows no band. Units as in {@link FactorRow.Flat}. */
        public static FactorOverride perCall(
                String id,
                Span span,
                String provider,
                String model,
                double kwh,
                double pueRatio,
                double waterLitresPerKwh,
                double carbonKgPerKwh,
                String source) {
            return new FactorOverride(
                    id,
                    span,
                    new FactorRow.Flat(
                            provider,
                            model,
                            "per_call",
                            kwh,
                            kwh,
                            kwh,
                            pueRatio,
                            waterLitresPerKwh,
                            carbonKgPerKwh,
                            1,
                            Validity.ALWAYS,
                            new Citation(source, LICENCE)));
        }

        /** A model's size and speed, as the organisation knows them. */
        public static FactorOverride parameters(
                String id, Span span, String provider, String model, ModelParameters parameters, String source) {
            return new FactorOverride(
                    id,
                    span,
                    new FactorRow.Parametric(
                            provider,
                            model,
                            "disclosed",
                            parameters,
                            1,
                            Validity.ALWAYS,
                            new Citation(source, LICENCE)));
        }
    }

    /**
     * Power that was bought.
     *
     * @param provider empty: all
     * @param zone empty: all
     * @param kgPerKwh market-based intensity, 0 allowed
     */
    public record Contract(String id, Span span, String provider, String zone, double kgPerKwh, String source) {
        public Contract {
            FactorLimits.between("kg_per_kwh", kgPerKwh, 0, FactorRow.Flat.MAX_KG_PER_KWH);
        }
    }

    public OrganisationFactors(List<FactorOverride> overrides, List<Contract> contracts) {
        var newestFirst = new ArrayList<>(overrides);
        newestFirst.sort(
                Comparator.comparingLong((FactorOverride own) -> own.span().activeFromMicros())
                        .thenComparing(FactorOverride::id)
                        .reversed());
        for (FactorOverride own : newestFirst) {
            this.overrides
                    .computeIfAbsent(FactorRow.normal(own.row().model()), k -> new ArrayList<>())
                    .add(own);
        }
        var mostSpecificFirst = new ArrayList<>(contracts);
        mostSpecificFirst.sort(Comparator.comparingInt(OrganisationFactors::generality)
                .thenComparing(Comparator.comparingLong((Contract c) -> c.span().activeFromMicros())
                        .thenComparing(Contract::id)
                        .reversed()));
        this.contracts = List.copyOf(mostSpecificFirst);
    }

    /**
     * The override that rates a call; null when none does. Of several the newest; one for the model before one for all.
     *
     * @param canonical a provider's name as the set lists it, so that {@code gemini} and {@code google} are one
     */
    @Nullable
    FactorOverride override(UsageCall call, UnaryOperator<String> canonical) {
        if (overrides.isEmpty()) {
            return null;
        }
        FactorOverride own = first(overrides.get(FactorRow.normal(call.model())), call, canonical);
        return own != null ? own : first(overrides.get(SetRow.Provider.ANY), call, canonical);
    }

    /**
     * The contract for a call that ran in a zone; null when none applies. The most specific goes first.
     *
     * @param isIn whether the call's region belongs to a zone, directly or through its country
     */
    @Nullable
    Contract contract(UsageCall call, String zone, UnaryOperator<String> canonical, Predicate<String> isIn) {
        for (Contract contract : contracts) {
            if (contract.span().covers(call)
                    && (contract.provider().isEmpty()
                            || canonical.apply(contract.provider()).equals(canonical.apply(call.provider())))
                    && (contract.zone().isEmpty()
                            || contract.zone().equalsIgnoreCase(zone)
                            || isIn.test(contract.zone()))) {
                return contract;
            }
        }
        return null;
    }

    private static int generality(Contract contract) {
        return (contract.provider().isEmpty() ? 2 : 0) + (contract.zone().isEmpty() ? 1 : 0);
    }

    private static @Nullable FactorOverride first(
            @Nullable List<FactorOverride> candidates, UsageCall call, UnaryOperator<String> canonical) {
        if (candidates != null) {
            for (FactorOverride own : candidates) {
                if (own.span().covers(call)
                        && canonical.apply(own.row().provider()).equals(canonical.apply(call.provider()))) {
                    return own;
                }
            }
        }
        return null;
    }
}
