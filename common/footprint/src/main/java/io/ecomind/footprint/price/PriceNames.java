package io.ecomind.footprint.price;

import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.ModelDates;
import io.ecomind.footprint.Rating.Match;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows of a model at a seller, in the order exact, alias, dated family; never those of another seller. Immutable
 * once built, apart from a bounded cache, and thread-safe then.
 */
final class PriceNames {
    /** Names of models are the senders'; the cache must not grow with what they invent. */
    private static final int MAX_CACHED = 20_000;

    /** Alone, so that a name's other numbers stay. */
    private static final Pattern DATED = Pattern.compile("[-:@]" + ModelDates.PATTERN + "$");

    /** 20250805 as 2025-08-05, which sellers and routers write for one another. */
    private static final Pattern COMPACT_DATE =
            Pattern.compile("([-@])(20\\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])(?=[-:@]|$)");

    private static final String FINE_TUNED = "ft:";

    private final Map<String, String> sellers = new LinkedHashMap<>();
    private final Map<String, List<String>> prefixes = new HashMap<>();
    private final Map<String, Map<String, List<PriceRow>>> listed = new LinkedHashMap<>();
    private final Map<String, Map<String, PriceAlias>> aliases = new LinkedHashMap<>();
    private final Map<Asked, PriceHit> known = new ConcurrentHashMap<>();

    /** A model as calls name it. */
    private record Asked(String provider, String model) {}

    /**
     * What was found for a name.
     *
     * @param rows of one model, at all times; empty when there are none
     * @param missing why there are no rows; null when there are
     */
    record PriceHit(
            String seller,
            Match match,
            List<PriceRow> rows,
            @Nullable Unpriced missing) {}

    void addSeller(String alias, String seller) {
        if (sellers.put(FactorRow.normal(alias), FactorRow.normal(seller)) != null) {
            throw new IllegalArgumentException("alias " + alias + " is there twice");
        }
    }

    void addPrefix(String seller, String prefix) {
        if (prefix.isBlank()) {
            throw new IllegalArgumentException("prefix must not be empty");
        }
        prefixes.computeIfAbsent(FactorRow.normal(seller), none -> new ArrayList<>())
                .add(FactorRow.normal(prefix));
    }

    void add(PriceRow row) {
        List<PriceRow> rows = listed.computeIfAbsent(FactorRow.normal(row.seller()), none -> new LinkedHashMap<>())
                .computeIfAbsent(key(row.model()), none -> new ArrayList<>());
        for (PriceRow other : rows) {
            if (!FactorRow.normal(other.model()).equals(FactorRow.normal(row.model()))) {
                throw new IllegalArgumentException(
                        "model " + row.label() + " has the name of " + other.label() + ", written otherwise");
            }
            if (other.contradicts(row)) {
                throw new IllegalArgumentException("model " + row.label()
                        + " has two prices for the same time, hours and size (they must not overlap)");
            }
        }
        rows.add(row);
    }

    void add(PriceAlias alias) {
        PriceAlias before = aliases.computeIfAbsent(FactorRow.normal(alias.seller()), none -> new LinkedHashMap<>())
                .putIfAbsent(key(alias.alias()), alias);
        if (before != null) {
            throw new IllegalArgumentException("alias " + alias.seller() + "/" + alias.alias() + " is there twice");
        }
    }

    /**
     * Ends the building.
     *
     * @throws IllegalArgumentException when an alias leads nowhere
     */
    void finish() {
        for (String seller : aliases.keySet()) {
            for (PriceAlias alias : aliases.get(seller).values()) {
                if (rows(seller, key(alias.model())) == null) {
                    throw new IllegalArgumentException("model of alias " + alias.seller() + "/" + alias.alias()
                            + " must be listed, was " + alias.seller() + "/" + alias.model());
                }
            }
        }
        // The seller's own names before a model's, as routers write them.
        for (String seller : listed.keySet()) {
            List<String> own = prefixes.computeIfAbsent(seller, none -> new ArrayList<>());
            own.add(seller + "/");
            sellers.forEach((alias, of) -> {
                if (of.equals(seller)) {
                    own.add(alias + "/");
                }
            });
            own.sort((a, b) -> b.length() - a.length());
        }
    }

    List<PriceRow> rows() {
        return listed.values().stream()
                .flatMap(models -> models.values().stream())
                .flatMap(List::stream)
                .toList();
    }

    List<PriceAlias> aliases() {
        return aliases.values().stream()
                .flatMap(names -> names.values().stream())
                .toList();
    }

    /** Other names of sellers, each with the seller's own. */
    Map<String, String> sellers() {
        return Map.copyOf(sellers);
    }

    /** The normalised name of whoever bills for a provider; the provider's own when it is not known. */
    String seller(String provider) {
        String normal = FactorRow.normal(provider);
        return sellers.getOrDefault(normal, normal);
    }

    PriceHit find(String provider, String model) {
        var asked = new Asked(provider, model);
        PriceHit hit = known.get(asked);
        if (hit == null) {
            hit = search(seller(provider), model);
            if (known.size() >= MAX_CACHED) {
                known.clear();
            }
            known.put(asked, hit);
        }
        return hit;
    }

    private PriceHit search(String seller, String model) {
        if (!listed.containsKey(seller)) {
            return new PriceHit(seller, Match.NONE, List.of(), Unpriced.SELLER);
        }
        List<String> names = names(seller, model);
        for (String name : names) {
            List<PriceRow> rows = byName(seller, key(name));
            if (rows != null) {
                boolean asListed = FactorRow.normal(model)
                        .equals(FactorRow.normal(rows.get(0).model()));
                return new PriceHit(seller, asListed ? Match.EXACT : Match.ALIAS, rows, null);
            }
        }
        for (String name : names) {
            Matcher date = DATED.matcher(name);
            if (date.find() && date.start() > 0) {
                List<PriceRow> rows = byName(seller, key(name.substring(0, date.start())));
                if (rows != null) {
                    return new PriceHit(seller, Match.FAMILY, rows, null);
                }
            }
        }
        return new PriceHit(seller, Match.NONE, List.of(), Unpriced.MODEL);
    }

    /** The name as it came, then without what may stand before it, then the base of a fine-tuned model. */
    private List<String> names(String seller, String model) {
        Set<String> found = new LinkedHashSet<>();
        String rest = FactorRow.normal(model);
        found.add(rest);
        boolean shorter = true;
        while (shorter) {
            shorter = false;
            for (String prefix : prefixes.getOrDefault(seller, List.of())) {
                // A vendor that is also a seller ("openai/…" at a router) is no prefix there: only the seller's own
                // are.
                if (rest.length() > prefix.length() && rest.startsWith(prefix)) {
                    rest = rest.substring(prefix.length());
                    found.add(rest);
                    shorter = true;
                    break;
                }
            }
        }
        int end = rest.indexOf(':', FINE_TUNED.length());
        if (rest.startsWith(FINE_TUNED) && end > 0) {
            // ft:base:organisation:name:id has the price of all that were tuned from the same base.
            found.add(rest.substring(0, end));
        }
        return List.copyOf(found);
    }

    private @Nullable List<PriceRow> byName(String seller, String key) {
        List<PriceRow> rows = rows(seller, key);
        if (rows != null) {
            return rows;
        }
        PriceAlias alias = aliases.getOrDefault(seller, Map.of()).get(key);
        return alias == null ? null : rows(seller, key(alias.model()));
    }

    private @Nullable List<PriceRow> rows(String seller, String key) {
        return listed.getOrDefault(seller, Map.of()).get(key);
    }

    /** Under which a name is kept: normalised, with its dates in one form. */
    private static String key(String name) {
        return COMPACT_DATE.matcher(FactorRow.normal(name)).replaceAll("$1$2-$3-$4");
    }
}
