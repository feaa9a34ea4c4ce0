package io.ecomind.footprint;

import io.ecomind.footprint.GridTable.GridHit;
import java.util.ArrayList;
import java.util.List;

/** Tells what a rating was made of, step by step, and what it leaves open. Thread-safe. */
final class RatingExplainer {
    private final String setId;
    private final Methodology methodology;
    private final ModelNames names;
    private final CandidateSearch search;

    RatingExplainer(String setId, Methodology methodology, ModelNames names, CandidateSearch search) {
        this.setId = setId;
        this.methodology = methodology;
        this.names = names;
        this.search = search;
    }

    Explanation explain(UsageCall call, OrganisationFactors own, AppliedFactors applied) {
        List<Explanation.Factor> factors = new ArrayList<>();
        List<Step> steps = List.of();
        RowCandidate candidate = applied.candidate();
        if (candidate != null) {
            FactorRow row = candidate.row();
            factors.add(
                    new Explanation.Factor("model", row.label(), describe(row), row.evidenceTier(), row.citation()));
            SetRow.Provider site = candidate.site();
            if (site != null) {
                factors.add(new Explanation.Factor(
                        "data_centre",
                        site.provider(),
                        "zone " + site.zone() + ", PUE " + text(site.site().pueRatio()) + ", WUE "
                                + text(site.site().waterLitresPerKwh()) + " L/kWh",
                        site.evidenceTier(),
                        site.citation()));
            }
            GridHit hit = applied.grid();
            if (hit != null) {
                factors.add(new Explanation.Factor(
                        "grid",
                        hit.row().zone(),
                        FactorLimits.text(hit.row().gramsPerKwh()) + " gCO2e/kWh, " + hit.resolution() + " from "
                                + hit.row().start(),
                        0,
                        hit.row().citation()));
            }
            SetRow.Water water = applied.water();
            if (water != null) {
                factors.add(new Explanation.Factor(
                        "water_offsite",
                        water.zone(),
                        FactorLimits.text(water.litresPerKwh()) + " L/kWh",
                        0,
                        water.citation()));
            }
            OrganisationFactors.Contract contract = applied.contract();
            if (contract != null) {
                factors.add(new Explanation.Factor(
                        "contract",
                        contract.id(),
                        FactorLimits.text(contract.kgPerKwh()) + " kg CO2e/kWh",
                        0,
                        new Citation(contract.source(), "the organisation's own")));
            }
            steps = steps(call, candidate, applied);
        }
        return new Explanation(applied.rating(), methodology, factors, steps, unknown(call, own, applied));
    }

    /** What the rating leaves open, and why. */
    private List<Explanation.Unknown> unknown(UsageCall call, OrganisationFactors own, AppliedFactors applied) {
        Amounts amounts = applied.rating().amounts();
        List<Explanation.Unknown> unknown = new ArrayList<>();
        for (Quantity quantity : Quantity.values()) {
            if (amounts == null) {
                unknown.add(new Explanation.Unknown(quantity, whyUncovered(call, own, applied)));
            } else if (!amounts.has(quantity)) {
                unknown.add(new Explanation.Unknown(quantity, whyUnknown(quantity, applied)));
            }
        }
        return unknown;
    }

    private static String whyUnknown(Quantity quantity, AppliedFactors applied) {
        boolean flat = applied.candidate() != null && applied.candidate().row() instanceof FactorRow.Flat;
        return switch (quantity) {
            case CARBON_MARKET -> "no contract of the organisation applies to the call";
            case CARBON_EMBODIED ->
                flat
                        ? "a flat factor has no part for the making of the hardware"
                        : "the share in the making of the hardware follows the time of generation, and the call"
                                + " generates nothing";
            case WATER_ONSITE, WATER_OFFSITE ->
                "a flat factor gives one figure for water, within its source's boundary";
            default -> "the factor says nothing about it";
        };
    }

    private String whyUncovered(UsageCall call, OrganisationFactors own, AppliedFactors applied) {
        if (!applied.rating().matched().isEmpty()) {
            return "the amounts are too large to be stored";
        }
        String name = call.provider() + "/" + call.model();
        List<RowCandidate> candidates = new ArrayList<>(search.ofModel(call.provider(), call.model()));
        OrganisationFactors.FactorOverride override = own.override(call, names::provider);
        if (override != null) {
            candidates.addAll(search.ofOverride(override, call.provider()));
        }
        if (candidates.isEmpty()) {
            return "no row of " + setId + " stands for " + name;
        }
        List<RowCandidate> today = candidates.stream()
                .filter(candidate -> candidate.days().holdsOn(call.day()))
                .toList();
        if (today.isEmpty()) {
            return "no row for " + name + " holds on the day of the call";
        }
        return today.stream().allMatch(candidate -> candidate.row().basis().equals("per_unit"))
                ? "the rows for " + name + " are per unit, and the call has no units"
                : "no row for " + name + " can rate a call of modality " + call.modality();
    }

    private static List<Step> steps(UsageCall call, RowCandidate candidate, AppliedFactors applied) {
        List<Step> steps = new ArrayList<>();
        CallProfile profile = candidate.profile();
        GridHit hit = applied.grid();
        SetRow.Water water = applied.water();
        OrganisationFactors.Contract contract = applied.contract();
        if (profile != null && hit != null && water != null) {
            steps.addAll(profile.steps(call.workload(), hit.kgPerKwh(), water.litresPerKwh()));
            if (!call.generates()) {
                steps.removeIf(step -> step.symbol().equals("co2_embodied"));
            }
        } else if (candidate.row() instanceof FactorRow.Flat row) {
            boolean perUnit = row.basis().equals("per_unit");
            steps.add(new Step(
                    perUnit ? "kwh_per_unit" : "kwh_per_call",
                    "the factor",
                    "kWh",
                    row.kwhLow(),
                    row.kwhMid(),
                    row.kwhHigh()));
            if (perUnit) {
                steps.add(same("units", "as sent", "1", call.units()));
            }
            steps.add(same("PUE", "the factor's", "1", row.pueRatio()));
            double count = row.pueRatio() * (perUnit ? call.units() : 1);
            steps.add(new Step(
                    "E",
                    perUnit ? "kwh_per_unit * units * PUE" : "kwh_per_call * PUE",
                    "kWh",
                    row.kwhLow() * count,
                    row.kwhMid() * count,
                    row.kwhHigh() * count));
            steps.add(times(
                    "water",
                    "E * " + FactorLimits.text(row.waterLitresPerKwh()) + " L/kWh",
                    "L",
                    steps,
                    row.waterLitresPerKwh()));
            double intensity = hit == null ? row.carbonKgPerKwh() : hit.kgPerKwh();
            steps.add(times(
                    "co2_operational",
                    "E * " + FactorLimits.text(intensity) + " kg CO2e/kWh",
                    "kg CO2e",
                    steps,
                    intensity));
        }
        if (contract != null) {
            steps.add(times(
                    "co2_market",
                    "E * " + FactorLimits.text(contract.kgPerKwh()) + " kg CO2e/kWh of contract " + contract.id(),
                    "kg CO2e",
                    steps,
                    contract.kgPerKwh()));
        }
        return steps;
    }

    private static Step same(String symbol, String formula, String unit, double value) {
        return new Step(symbol, formula, unit, value, value, value);
    }

    private static Step times(String symbol, String formula, String unit, List<Step> steps, double factor) {
        Step energy = steps.stream()
                .filter(step -> step.symbol().equals("E"))
                .findFirst()
                .orElseThrow();
        return new Step(symbol, formula, unit, energy.low() * factor, energy.mid() * factor, energy.high() * factor);
    }

    private static String describe(FactorRow row) {
        if (row instanceof FactorRow.Parametric parametric) {
            ModelParameters p = parametric.parameters();
            return text(p.activeBillions()) + " of " + text(p.totalBillions()) + " billion parameters active"
                    + (p.tokensPerSecond() > 0 ? ", " + FactorLimits.text(p.tokensPerSecond()) + " tokens/s" : "")
                    + (p.timeToFirstTokenSeconds() > 0
                            ? ", first after " + FactorLimits.text(p.timeToFirstTokenSeconds()) + " s"
                            : "");
        }
        FactorRow.Flat flat = (FactorRow.Flat) row;
        return FactorLimits.text(flat.kwhMid()) + " kWh " + (flat.basis().equals("per_unit") ? "per unit" : "per call");
    }

    private static String text(Range range) {
        return range.min() == range.max()
                ? FactorLimits.text(range.min())
                : FactorLimits.text(range.min()) + " to " + FactorLimits.text(range.max());
    }
}
