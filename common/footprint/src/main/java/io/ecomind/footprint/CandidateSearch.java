package io.ecomind.footprint;

import io.ecomind.footprint.Rating.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds the rows that may rate a call, in the order in which they are tried, and keeps what it found. Thread-safe; the
 * caches are bounded.
 */
final class CandidateSearch {
    /** Names of models are the senders'; the cache must not grow with what they invent. */
    private static final int MAX_CACHED = 20_000;

    private final Methodology methodology;
    private final ModelNames names;
    private final Map<String, List<SetRow.Provider>> providers;
    private final Map<Name, List<RowCandidate>> ofModels = new ConcurrentHashMap<>();
    private final Map<OrganisationFactors.FactorOverride, List<RowCandidate>> ofOverrides = new ConcurrentHashMap<>();

    /** A model as calls name it. */
    private record Name(String provider, String model) {}

    CandidateSearch(Methodology methodology, ModelNames names, Map<String, List<SetRow.Provider>> providers) {
        this.methodology = methodology;
        this.names = names;
        this.providers = providers;
    }

    /** The rows for a model as a call names it. */
    List<RowCandidate> ofModel(String provider, String model) {
        // Two names, not one joined text: senders choose both, and joined ones could be read in two ways.
        var key = new Name(provider, model);
        List<RowCandidate> known = ofModels.get(key);
        if (known == null) {
            known = new ArrayList<>();
            for (ModelNames.Hit hit : names.find(provider, model)) {
                for (FactorRow row : hit.rows()) {
                    addWithSites(known, hit.match(), row, provider);
                }
            }
            if (ofModels.size() >= MAX_CACHED) {
                ofModels.clear();
            }
            ofModels.put(key, known);
        }
        return known;
    }

    /** An organisation's own row in the data centres that it may run in. */
    List<RowCandidate> ofOverride(OrganisationFactors.FactorOverride own, String provider) {
        List<RowCandidate> known = ofOverrides.get(own);
        if (known == null) {
            known = new ArrayList<>();
            addWithSites(known, Match.OVERRIDE, own.row(), provider);
            if (ofOverrides.size() >= MAX_CACHED) {
                ofOverrides.clear();
            }
            ofOverrides.put(own, known);
        }
        return known;
    }

    /** The row in each data centre that it may run in: the provider's, else its owner's, else any. */
    private void addWithSites(List<RowCandidate> to, Match match, FactorRow row, String provider) {
        if (row instanceof FactorRow.Flat) {
            to.add(new RowCandidate(match, row, null, row.validity(), null));
            return;
        }
        var parameters = ((FactorRow.Parametric) row).parameters();
        for (String name : List.of(names.provider(provider), names.provider(row.provider()), SetRow.Provider.ANY)) {
            for (SetRow.Provider site : providers.getOrDefault(name, List.of())) {
                if (site.validity().overlaps(row.validity())) {
                    var days = new Validity(
                            Math.max(site.validity().fromDay(), row.validity().fromDay()),
                            Math.min(site.validity().toDay(), row.validity().toDay()));
                    to.add(new RowCandidate(
                            match, row, site, days, new CallProfile(methodology, parameters, site.site())));
                }
            }
        }
    }
}
