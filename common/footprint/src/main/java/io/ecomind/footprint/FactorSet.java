package io.ecomind.footprint;

import io.ecomind.footprint.GridTable.GridHit;
import io.ecomind.footprint.Rating.GridMatch;
import io.ecomind.footprint.Rating.Match;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One version of all factors. Thread-safe and, apart from a bounded cache of names, immutable.
 *
 * <p>A call is rated by the first row that its name stands for and that holds on the day of the event; see the set's
 * README for the order. What no row stands for is uncovered: it has no amounts, never zero ones.
 */
public final class FactorSet {
    /** Names of models are the senders'; the cache must not grow with what they invent. */
    private static final int MAX_CACHED = 20_000;

    private final String id;
    private final Methodology methodology;
    private final String replaces;
    private final String reason;
    private final ModelNames names;
    private final GridTable grid;
    private final Map<String, List<SetRow.Provider>> providers;
    private final Map<Name, List<Candidate>> cache = new ConcurrentHashMap<>();
    private final Map<OrganisationFactors.FactorOverride, List<Candidate>> ownCache = new ConcurrentHashMap<>();

    /** A model as calls name it. */
    private record Name(String provider, String model) {}

    /** A row with its data centre, ready for use on some days. */
    private record Candidate(
            Match match,
            FactorRow row,
            SetRow.@Nullable Provider site,
            Validity days,
            @Nullable CallProfile profile) {}

    /** What a call was rated by. */
    private record Applied(
            @Nullable Candidate candidate,
            @Nullable GridHit grid,
            SetRow.@Nullable Water water,
            OrganisationFactors.@Nullable Contract contract,
            Rating rating) {}

    private FactorSet(Builder builder) {
        id = builder.id;
        methodology = builder.methodology;
        replaces = builder.replaces;
        reason = builder.reason;
        names = builder.names;
        grid = builder.grid;
        providers = builder.providers;
    }

    private FactorSet(FactorSet rows, Methodology methodology) {
        id = rows.id;
        this.methodology = methodology;
        replaces = rows.replaces;
        reason = rows.reason;
        names = rows.names;
        grid = rows.grid;
        providers = rows.providers;
    }

    /** The same rows under another methodology, to see both side by side. No event is rated by it. */
    public FactorSet under(Methodology other) {
        return other == methodology ? this : new FactorSet(this, other);
    }

    public String id() {
        return id;
    }

    public Methodology methodology() {
        return methodology;
    }

    /** The set that this one stands in for; empty for a first one. */
    public String replaces() {
        return replaces;
    }

    /** Why. */
    public String reason() {
        return reason;
    }

    /** All rows of models, in the order of the files. */
    public List<FactorRow> rows() {
        return names.rows();
    }

    /** The data centres, in the order of the file. */
    public List<SetRow.Provider> sites() {
        return providers.values().stream().flatMap(List::stream).toList();
    }

    /** All figures of the grid, by zone, resolution and time. */
    public List<SetRow.Grid> gridRows() {
        return grid.rows();
    }

    /** Other names of models, in the order of the file. */
    public List<SetRow.Alias> aliases() {
        return names.aliases();
    }

    /** Other names of providers, in the order of the file. */
    public List<SetRow.ProviderAlias> providerAliases() {
        return names.providerAliases();
    }

    /** What may stand before a model's name, the longest first. */
    public List<SetRow.Prefix> prefixes() {
        return names.prefixes();
    }

    /** Classes of models, patterns together. */
    public List<SetRow.ModelClass> classes() {
        return names.classes();
    }

    /** Cloud regions, in the order of the file. */
    public List<SetRow.Region> regions() {
        return grid.regions();
    }

    /** Water behind the grids, in the order of the file. */
    public List<SetRow.Water> waterRows() {
        return grid.waterRows();
    }

    /** The footprint of a call; uncovered when no row stands for it. */
    public Rating rate(UsageCall call, OrganisationFactors own) {
        return apply(call, own).rating();
    }

    /** The footprint of a call with everything that led to it. */
    public Explanation explain(UsageCall call, OrganisationFactors own) {
        Applied applied = apply(call, own);
        List<Explanation.Factor> factors = new ArrayList<>();
        List<Step> steps = List.of();
        Candidate candidate = applied.candidate();
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
                        FactorLimits.text(hit.row().gramsPerKwh()) + " gCO2e/kWh, " + resolution(hit) + " from "
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

    private Applied apply(UsageCall call, OrganisationFactors own) {
        OrganisationFactors.FactorOverride override = own.override(call, names::provider);
        Candidate candidate = null;
        String label = id;
        if (override != null) {
            candidate = usable(call, ofOverride(override, call.provider()));
            label = id + "+" + override.id();
        }
        if (candidate == null) {
            candidate = usable(call, candidates(call.provider(), call.model()));
            label = id;
        }
        if (candidate == null) {
            return new Applied(null, null, null, null, Rating.uncovered(label));
        }
        try {
            return candidate.row() instanceof FactorRow.Flat flat
                    ? flat(call, own, candidate, flat, label)
                    : parametric(call, own, candidate, label);
        } catch (ArithmeticException tooLarge) {
            // No real call comes near: what does not fit into a long of nano-units is not known.
            Rating rating = new Rating(label, Match.NONE, candidate.row().label(), "", GridMatch.NONE, "", "", 0, null);
            return new Applied(null, null, null, null, rating);
        }
    }

    private Applied parametric(UsageCall call, OrganisationFactors own, Candidate candidate, String label) {
        CallProfile profile = candidate.profile();
        SetRow.Provider site = candidate.site();
        if (profile == null || site == null) {
            throw new IllegalStateException("a parametric row has a site and a profile");
        }
        String providerZone = site.zone();
        GridHit hit = grid.grid(call.region(), providerZone, call.tsMicros());
        SetRow.Water water = grid.water(hit.match(), call.region(), providerZone);
        OrganisationFactors.Contract contract = contract(call, own, hit.row().zone());
        var figures = new Figures();
        profile.evaluate(call.workload(), hit.kgPerKwh(), water.litresPerKwh(), figures);
        var amounts = new Amounts.Builder()
                .round(Quantity.ENERGY, figures.energy)
                .round(Quantity.WATER_ONSITE, figures.waterOnsite)
                .round(Quantity.WATER_OFFSITE, figures.waterOffsite)
                .total(Quantity.WATER, Quantity.WATER_ONSITE, Quantity.WATER_OFFSITE)
                .round(Quantity.CARBON_OPERATIONAL, figures.operational);
        if (call.generates()) {
            // The hardware's share follows the time of generation; for calls that generate nothing it is not known.
            amounts.round(Quantity.CARBON_EMBODIED, figures.embodied);
        }
        amounts.total(Quantity.CARBON, Quantity.CARBON_OPERATIONAL, Quantity.CARBON_EMBODIED);
        if (contract != null) {
            amounts.round(Quantity.CARBON_MARKET, figures.energy, contract.kgPerKwh());
        }
        return new Applied(
                candidate,
                hit,
                water,
                contract,
                rating(candidate, label, hit.match(), hit.row().zone(), resolution(hit), amounts.build()));
    }

    private Applied flat(
            UsageCall call, OrganisationFactors own, Candidate candidate, FactorRow.Flat row, String label) {
        double count = row.basis().equals("per_unit") ? call.units() : 1;
        double[] energy = {
            row.kwhLow() * row.pueRatio() * count,
            row.kwhMid() * row.pueRatio() * count,
            row.kwhHigh() * row.pueRatio() * count
        };
        GridHit hit = grid.gridOfRegion(call.region(), call.tsMicros());
        double kgPerKwh = hit == null ? row.carbonKgPerKwh() : hit.kgPerKwh();
        OrganisationFactors.Contract contract =
                contract(call, own, hit == null ? "" : hit.row().zone());
        var amounts = new Amounts.Builder()
                .round(Quantity.ENERGY, energy)
                .round(Quantity.WATER, energy, row.waterLitresPerKwh())
                .round(Quantity.CARBON_OPERATIONAL, energy, kgPerKwh)
                .total(Quantity.CARBON, Quantity.CARBON_OPERATIONAL, Quantity.CARBON_EMBODIED);
        if (contract != null) {
            amounts.round(Quantity.CARBON_MARKET, energy, contract.kgPerKwh());
        }
        return new Applied(
                candidate,
                hit,
                null,
                contract,
                rating(
                        candidate,
                        label,
                        hit == null ? GridMatch.PROVIDER : hit.match(),
                        hit == null ? "" : hit.row().zone(),
                        hit == null ? "factor" : resolution(hit),
                        amounts.build()));
    }

    private OrganisationFactors.@Nullable Contract contract(UsageCall call, OrganisationFactors own, String zone) {
        return own.contract(call, zone, names::provider, contractZone -> grid.isIn(call.region(), contractZone));
    }

    private static Rating rating(
            Candidate candidate, String label, GridMatch match, String zone, String resolution, Amounts amounts) {
        FactorRow row = candidate.row();
        return new Rating(
                label,
                candidate.match(),
                row.label(),
                row.basis(),
                match,
                zone,
                resolution,
                row.evidenceTier(),
                amounts);
    }

    /** The first candidate that holds on the call's day and can rate what the call is. */
    private static @Nullable Candidate usable(UsageCall call, List<Candidate> candidates) {
        long day = call.day();
        for (Candidate candidate : candidates) {
            if (candidate.days().holdsOn(day) && fits(candidate, call)) {
                return candidate;
            }
        }
        return null;
    }

    /** A picture is not text: only a row of that very model, or a factor per unit, can rate one. */
    private static boolean fits(Candidate candidate, UsageCall call) {
        if (candidate.row().basis().equals("per_unit")) {
            return call.units() > 0;
        }
        if (!call.isMedia()) {
            return true;
        }
        boolean sameModel = candidate.match() == Match.OVERRIDE
                || candidate.match() == Match.EXACT
                || candidate.match() == Match.ALIAS
                || candidate.match() == Match.FAMILY;
        // Without tokens a size says nothing: the call would cost 0 instead of an unknown amount.
        boolean countable = candidate.row() instanceof FactorRow.Flat || call.tokensIn() > 0 || call.tokensOut() > 0;
        return sameModel && countable;
    }

    private List<Candidate> candidates(String provider, String model) {
        // Two names, not one joined text: senders choose both, and joined ones could be read in two ways.
        var key = new Name(provider, model);
        List<Candidate> known = cache.get(key);
        if (known == null) {
            known = new ArrayList<>();
            for (ModelNames.Hit hit : names.find(provider, model)) {
                for (FactorRow row : hit.rows()) {
                    addWithSites(known, hit.match(), row, provider);
                }
            }
            if (cache.size() >= MAX_CACHED) {
                cache.clear();
            }
            cache.put(key, known);
        }
        return known;
    }

    private List<Candidate> ofOverride(OrganisationFactors.FactorOverride own, String provider) {
        List<Candidate> known = ownCache.get(own);
        if (known == null) {
            known = new ArrayList<>();
            addWithSites(known, Match.OVERRIDE, own.row(), provider);
            if (ownCache.size() >= MAX_CACHED) {
                ownCache.clear();
            }
            ownCache.put(own, known);
        }
        return known;
    }

    /** The row in each data centre that it may run in: the provider's, else its owner's, else any. */
    private void addWithSites(List<Candidate> to, Match match, FactorRow row, String provider) {
        if (row instanceof FactorRow.Flat) {
            to.add(new Candidate(match, row, null, row.validity(), null));
            return;
        }
        var parameters = ((FactorRow.Parametric) row).parameters();
        for (String name : List.of(names.provider(provider), names.provider(row.provider()), SetRow.Provider.ANY)) {
            for (SetRow.Provider site : providers.getOrDefault(name, List.of())) {
                if (site.validity().overlaps(row.validity())) {
                    var days = new Validity(
                            Math.max(site.validity().fromDay(), row.validity().fromDay()),
                            Math.min(site.validity().toDay(), row.validity().toDay()));
                    to.add(new Candidate(
                            match, row, site, days, new CallProfile(methodology, parameters, site.site())));
                }
            }
        }
    }

    /** What the rating leaves open, and why. */
    private List<Explanation.Unknown> unknown(UsageCall call, OrganisationFactors own, Applied applied) {
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

    private static String whyUnknown(Quantity quantity, Applied applied) {
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

    private String whyUncovered(UsageCall call, OrganisationFactors own, Applied applied) {
        if (!applied.rating().matched().isEmpty()) {
            return "the amounts are too large to be stored";
        }
        String name = call.provider() + "/" + call.model();
        List<Candidate> candidates = new ArrayList<>(candidates(call.provider(), call.model()));
        OrganisationFactors.FactorOverride override = own.override(call, names::provider);
        if (override != null) {
            candidates.addAll(ofOverride(override, call.provider()));
        }
        if (candidates.isEmpty()) {
            return "no row of " + id + " stands for " + name;
        }
        List<Candidate> today = candidates.stream()
                .filter(candidate -> candidate.days().holdsOn(call.day()))
                .toList();
        if (today.isEmpty()) {
            return "no row for " + name + " holds on the day of the call";
        }
        return today.stream().allMatch(candidate -> candidate.row().basis().equals("per_unit"))
                ? "the rows for " + name + " are per unit, and the call has no units"
                : "no row for " + name + " can rate a call of modality " + call.modality();
    }

    private static List<Step> steps(UsageCall call, Candidate candidate, Applied applied) {
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

    private static String resolution(GridHit hit) {
        return hit.row().resolution().name().toLowerCase(Locale.ROOT);
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

    /** Collects the rows of a set; every add refuses what contradicts an earlier row. Not thread-safe. */
    public static final class Builder {
        private final String id;
        private final Methodology methodology;
        private final String replaces;
        private final String reason;
        private final ModelNames names = new ModelNames();
        private final GridTable grid = new GridTable();
        private final Map<String, List<SetRow.Provider>> providers = new LinkedHashMap<>();

        public Builder(String id, Methodology methodology, String replaces, String reason) {
            if (!id.matches("[a-z0-9][a-z0-9.-]{0,63}")) {
                throw new IllegalArgumentException(
                        "id must be 1 to 64 of a-z, 0-9, '.', '-', beginning with a letter or digit, was '" + id + "'");
            }
            if (reason.isBlank()) {
                throw new IllegalArgumentException("reason must not be empty");
            }
            this.id = id;
            this.methodology = methodology;
            this.replaces = replaces;
            this.reason = reason;
        }

        public Builder add(FactorRow row) {
            names.add(row);
            return this;
        }

        public Builder add(SetRow.Provider row) {
            List<SetRow.Provider> rows =
                    providers.computeIfAbsent(FactorRow.normal(row.provider()), p -> new ArrayList<>());
            for (SetRow.Provider other : rows) {
                if (other.validity().overlaps(row.validity())) {
                    throw new IllegalArgumentException("provider " + row.provider()
                            + " is there twice for the same time (valid_from and valid_to must not overlap)");
                }
            }
            rows.add(row);
            return this;
        }

        public Builder add(SetRow.ProviderAlias row) {
            names.add(row);
            return this;
        }

        public Builder add(SetRow.Alias row) {
            names.add(row);
            return this;
        }

        public Builder add(SetRow.Prefix row) {
            names.add(row);
            return this;
        }

        public Builder add(SetRow.ModelClass row) {
            names.add(row);
            return this;
        }

        public Builder add(SetRow.Region row) {
            grid.add(row);
            return this;
        }

        public Builder add(SetRow.Grid row) {
            grid.add(row);
            return this;
        }

        public Builder add(SetRow.Water row) {
            grid.add(row);
            return this;
        }

        /** Whether a model has a row so far. */
        public boolean lists(String provider, String model) {
            return names.lists(provider, model);
        }

        /**
         * The finished set; the builder must not be used afterwards.
         *
         * @throws IllegalArgumentException when an alias points nowhere or the last resort of sites, grid or water is
         *     missing
         */
        public FactorSet build() {
            names.finish();
            grid.finish();
            boolean always = providers.getOrDefault(SetRow.Provider.ANY, List.of()).stream()
                    .anyMatch(row -> row.validity().equals(Validity.ALWAYS));
            if (!always) {
                throw new IllegalArgumentException("provider * must have a row that is always valid");
            }
            return new FactorSet(this);
        }
    }
}
