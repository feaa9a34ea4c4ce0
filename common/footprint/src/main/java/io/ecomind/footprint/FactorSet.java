package io.ecomind.footprint;

import io.ecomind.footprint.GridTable.GridHit;
import io.ecomind.footprint.Rating.GridMatch;
import io.ecomind.footprint.Rating.Match;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One version of all factors. Thread-safe and, apart from a bounded cache of names, immutable.
 *
 * <p>A call is rated by the first row that its name stands for and that holds on the day of the event; see the set's
 * README for the order. What no row stands for is uncovered: it has no amounts, never zero ones.
 */
public final class FactorSet {
    private final String id;
    private final Methodology methodology;
    private final String replaces;
    private final String reason;
    private final ModelNames names;
    private final GridTable grid;
    private final Map<String, List<SetRow.Provider>> providers;
    private final CandidateSearch search;

    private FactorSet(
            String id,
            Methodology methodology,
            String replaces,
            String reason,
            ModelNames names,
            GridTable grid,
            Map<String, List<SetRow.Provider>> providers) {
        this.id = id;
        this.methodology = methodology;
        this.replaces = replaces;
        this.reason = reason;
        this.names = names;
        this.grid = grid;
        this.providers = providers;
        this.search = new CandidateSearch(methodology, names, providers);
    }

    /** The same rows under another methodology, to see both side by side. No event is rated by it. */
    public FactorSet under(Methodology other) {
        return other == methodology ? this : new FactorSet(id, other, replaces, reason, names, grid, providers);
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
        return new RatingExplainer(id, methodology, names, search).explain(call, own, apply(call, own));
    }

    private AppliedFactors apply(UsageCall call, OrganisationFactors own) {
        OrganisationFactors.FactorOverride override = own.override(call, names::provider);
        RowCandidate candidate = null;
        String label = id;
        if (override != null) {
            candidate = RowCandidate.firstUsable(call, search.ofOverride(override, call.provider()));
            label = id + "+" + override.id();
        }
        if (candidate == null) {
            candidate = RowCandidate.firstUsable(call, search.ofModel(call.provider(), call.model()));
            label = id;
        }
        if (candidate == null) {
            return AppliedFactors.none(Rating.uncovered(label));
        }
        try {
            return candidate.row() instanceof FactorRow.Flat flat
                    ? flat(call, own, candidate, flat, label)
                    : parametric(call, own, candidate, label);
        } catch (ArithmeticException tooLarge) {
            // No real call comes near: what does not fit into a long of nano-units is not known.
            Rating rating = new Rating(label, Match.NONE, candidate.row().label(), "", GridMatch.NONE, "", "", 0, null);
            return AppliedFactors.none(rating);
        }
    }

    private AppliedFactors parametric(UsageCall call, OrganisationFactors own, RowCandidate candidate, String label) {
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
        return new AppliedFactors(
                candidate,
                hit,
                water,
                contract,
                rating(candidate, label, hit.match(), hit.row().zone(), hit.resolution(), amounts.build()));
    }

    private AppliedFactors flat(
            UsageCall call, OrganisationFactors own, RowCandidate candidate, FactorRow.Flat row, String label) {
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
        return new AppliedFactors(
                candidate,
                hit,
                null,
                contract,
                rating(
                        candidate,
                        label,
                        hit == null ? GridMatch.PROVIDER : hit.match(),
                        hit == null ? "" : hit.row().zone(),
                        hit == null ? "factor" : hit.resolution(),
                        amounts.build()));
    }

    private OrganisationFactors.@Nullable Contract contract(UsageCall call, OrganisationFactors own, String zone) {
        return own.contract(call, zone, names::provider, contractZone -> grid.isIn(call.region(), contractZone));
    }

    private static Rating rating(
            RowCandidate candidate, String label, GridMatch match, String zone, String resolution, Amounts amounts) {
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
            return new FactorSet(id, methodology, replaces, reason, names, grid, providers);
        }
    }
}
