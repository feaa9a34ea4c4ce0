package io.ecomind.footprint;

import io.ecomind.footprint.Rating.Match;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows that a model's name may stand for, in the order of the search: exact, alias, dated family, class,
 * provider. Names alone decide here; which of the rows holds on a day is the caller's matter. Immutable once built.
 */
final class ModelNames {
    /**
     * A date, a version or a way of serving at the end of a normalised name: the same model all the same.
     * A second or later version alone ({@code -v3}) is another model, and may be of another size.
     */
    private static final Pattern VARIANT = Pattern.compile("[-:@+](?:"
            + ModelDates.PATTERN + "|0\\d{2}|\\d+k|v\\d+(?:-\\d+)*:\\d+|v[01](?:-\\d+)?|(?<=\\d{8}-)v\\d+"
            + "|latest|preview|exp|experimental|beta|free|extended|thinking|nitro|floor|online"
            + "|instruct|chat|it|hf|pt|base|fp8|bf16|fp16|int8|int4|nvfp4|awq|gptq|gguf|tee)$|:\\d+$");

    /** Makes pictures, sound or verdicts instead of text: what is assumed for a vendor's language models says nothing. */
    private static final Pattern OTHER_THAN_TEXT =
            Pattern.compile("(?:^|[-/:@.])(?:image|images|imagen|dall-e|tts|transcribe|transcription|whisper|moderation"
                    + "|video|veo|sora|lyria|music|flux|sdxl|stable-diffusion|sonic|speech)(?=$|[-/:@.0-9])");

    private static final Pattern EXPERTS =
            Pattern.compile("(?:^|[-/:@.])(\\d{1,6})x(\\d{1,6}(?:\\.\\d{1,6})?)b(?=$|[-/:@.])");
    private static final Pattern SIZE = Pattern.compile(
            "(?:^|[-/:@])(\\d{1,6}(?:[.p]\\d{1,6})?)b(?:-a(\\d{1,6}(?:[.p]\\d{1,6})?)b)?(?=$|[-/:@.])(?!-\\d+e(?:$|[-/:@.]))");

    private static final Citation BY_NAME =
            new Citation("the model's name states its number of parameters", "fact, stated by the name");

    private final Map<String, List<FactorRow>> listed = new LinkedHashMap<>();
    private final Map<String, List<FactorRow>> anywhere = new LinkedHashMap<>();
    private final Map<String, List<FactorRow>> stripped = new HashMap<>();
    private final Map<String, List<FactorRow>> strippedAnywhere = new HashMap<>();
    private final Map<String, SetRow.Alias> aliases = new LinkedHashMap<>();
    private final List<SetRow.ProviderAlias> providerAliases = new ArrayList<>();
    private final Map<String, String> providers = new HashMap<>();
    private final List<SetRow.Prefix> prefixes = new ArrayList<>();
    private final Map<String, List<SetRow.ModelClass>> classes = new LinkedHashMap<>();

    /** Rows that a name may stand for. All have one name and hold at different times. */
    record Hit(Match match, List<FactorRow> rows) {}

    private record Candidate(String provider, String name) {}

    void add(FactorRow row) {
        String provider = FactorRow.normal(row.provider());
        String name = FactorRow.normal(row.model());
        List<FactorRow> rows = listed.computeIfAbsent(key(provider, name), k -> new ArrayList<>());
        for (FactorRow other : rows) {
            if (other.validity().overlaps(row.validity())) {
                throw new IllegalArgumentException("model " + row.label() + " is there twice for the same time"
                        + " (valid_from and valid_to must not overlap)");
            }
        }
        rows.add(row);
    }

    void add(SetRow.Alias alias) {
        String key = key(FactorRow.normal(alias.provider()), FactorRow.normal(alias.alias()));
        if (aliases.put(key, alias) != null) {
            throw new IllegalArgumentException("alias " + alias.provider() + "/" + alias.alias() + " is there twice");
        }
    }

    void add(SetRow.ProviderAlias alias) {
        if (providers.put(FactorRow.normal(alias.alias()), FactorRow.normal(alias.provider())) != null) {
            throw new IllegalArgumentException("alias " + alias.alias() + " is there twice");
        }
        providerAliases.add(alias);
    }

    void add(SetRow.Prefix prefix) {
        if (prefixes.stream().anyMatch(p -> folded(p.prefix()).equals(folded(prefix.prefix())))) {
            throw new IllegalArgumentException("prefix " + prefix.prefix() + " is there twice");
        }
        prefixes.add(prefix);
    }

    void add(SetRow.ModelClass row) {
        String key = key(FactorRow.normal(row.provider()), FactorRow.normal(row.pattern()));
        List<SetRow.ModelClass> rows = classes.computeIfAbsent(key, k -> new ArrayList<>());
        for (SetRow.ModelClass other : rows) {
            if (other.validity().overlaps(row.validity())) {
                throw new IllegalArgumentException("pattern " + row.provider() + "/" + row.pattern()
                        + " is there twice for the same time (valid_from and valid_to must not overlap)");
            }
        }
        rows.add(row);
    }

    /**
     * Builds what is derived from all rows.
     *
     * @throws IllegalArgumentException when an alias points nowhere
     */
    void finish() {
        prefixes.sort((a, b) -> b.prefix().length() - a.prefix().length());
        listed.forEach((key, rows) -> {
            String name = FactorRow.normal(rows.get(0).model());
            anywhere.putIfAbsent(name, rows);
            anywhere.putIfAbsent(base(name), rows);
        });
        listed.forEach((key, rows) -> {
            String provider = FactorRow.normal(rows.get(0).provider());
            for (String shorter : variants(base(FactorRow.normal(rows.get(0).model())))) {
                stripped.merge(key(provider, shorter), rows, ModelNames::newer);
                strippedAnywhere.merge(shorter, rows, ModelNames::newer);
            }
        });
        for (SetRow.Alias alias : aliases.values()) {
            if (!lists(alias.targetProvider(), alias.targetModel())) {
                throw new IllegalArgumentException("target_model of alias " + alias.provider() + "/" + alias.alias()
                        + " is not listed: " + alias.targetProvider() + "/" + alias.targetModel());
            }
        }
    }

    boolean lists(String provider, String model) {
        return listed.containsKey(key(FactorRow.normal(provider), FactorRow.normal(model)));
    }

    /** The normalised name under which a provider is listed. */
    String provider(String name) {
        String normal = FactorRow.normal(name);
        return providers.getOrDefault(normal, normal);
    }

    /** All rows, in their order. */
    List<FactorRow> rows() {
        return listed.values().stream().flatMap(List::stream).toList();
    }

    List<SetRow.Alias> aliases() {
        return List.copyOf(aliases.values());
    }

    List<SetRow.ProviderAlias> providerAliases() {
        return List.copyOf(providerAliases);
    }

    /** The longest first. */
    List<SetRow.Prefix> prefixes() {
        return List.copyOf(prefixes);
    }

    List<SetRow.ModelClass> classes() {
        return classes.values().stream().flatMap(List::stream).toList();
    }

    /** All rows that a name may stand for, best first. */
    List<Hit> find(String providerName, String modelName) {
        List<Hit> hits = new ArrayList<>();
        String provider = provider(providerName);
        String model = FactorRow.normal(modelName);
        if (!model.isEmpty()) {
            List<Candidate> candidates = candidates(provider, modelName);
            hit(hits, Match.EXACT, listed.get(key(provider, model)));
            for (Candidate candidate : candidates) {
                hit(hits, Match.ALIAS, byName(candidate));
            }
            for (Candidate candidate : candidates) {
                hit(hits, Match.FAMILY, byStripped(candidate));
                for (String shorter : variants(candidate.name())) {
                    hit(hits, Match.FAMILY, byName(new Candidate(candidate.provider(), shorter)));
                    hit(hits, Match.FAMILY, byStripped(new Candidate(candidate.provider(), shorter)));
                }
            }
            if (OTHER_THAN_TEXT.matcher(folded(modelName)).find()) {
                return hits;
            }
            hit(hits, Match.CLASS, bySize(provider, folded(modelName)));
            for (Candidate candidate : candidates) {
                hit(hits, Match.CLASS, byClass(candidate));
            }
            hit(hits, Match.PROVIDER, ofClasses(classes.get(key(provider, SetRow.Provider.ANY))));
            for (Candidate candidate : candidates) {
                hit(hits, Match.PROVIDER, ofClasses(classes.get(key(candidate.provider(), SetRow.Provider.ANY))));
            }
        } else {
            hit(hits, Match.PROVIDER, ofClasses(classes.get(key(provider, SetRow.Provider.ANY))));
        }
        return hits;
    }

    private @Nullable List<FactorRow> byName(Candidate candidate) {
        SetRow.Alias alias = aliases.get(key(candidate.provider(), candidate.name()));
        if (alias == null) {
            alias = aliases.get(key(SetRow.Provider.ANY, candidate.name()));
        }
        if (alias != null) {
            return listed.get(key(FactorRow.normal(alias.targetProvider()), FactorRow.normal(alias.targetModel())));
        }
        List<FactorRow> own = listed.get(key(candidate.provider(), candidate.name()));
        return own != null ? own : anywhere.get(candidate.name());
    }

    private @Nullable List<FactorRow> byStripped(Candidate candidate) {
        List<FactorRow> own = stripped.get(key(candidate.provider(), candidate.name()));
        return own != null ? own : strippedAnywhere.get(candidate.name());
    }

    private @Nullable List<FactorRow> byClass(Candidate candidate) {
        for (String start = candidate.name(); !start.isEmpty(); start = cutAtSeparator(start)) {
            List<SetRow.ModelClass> found = classes.get(key(candidate.provider(), start));
            if (found == null) {
                found = classes.get(key(SetRow.Provider.ANY, start));
            }
            if (found != null) {
                return ofClasses(found);
            }
        }
        return null;
    }

    private static @Nullable List<FactorRow> ofClasses(@Nullable List<SetRow.ModelClass> rows) {
        if (rows == null) {
            return null;
        }
        List<FactorRow> found = new ArrayList<>();
        for (SetRow.ModelClass row : rows) {
            found.add(new FactorRow.Parametric(
                    row.provider(),
                    row.name(),
                    "class",
                    row.parameters(),
                    row.evidenceTier(),
                    row.validity(),
                    row.citation()));
        }
        return found;
    }

    /** The model's size as its name states it; null when it states none. */
    private static @Nullable List<FactorRow> bySize(String provider, String model) {
        Range total;
        Range active;
        String label;
        Matcher experts = EXPERTS.matcher(model);
        Matcher size = SIZE.matcher(model);
        if (experts.find()) {
            // Experts share the attention layers, so N experts of M billion are less than N * M, and two work at a
            // time.
            double each = Double.parseDouble(experts.group(2));
            double count = Double.parseDouble(experts.group(1));
            total = new Range(0.8 * count * each, count * each);
            active = new Range(Math.min(1.7 * each, total.min()), Math.min(2 * each, total.max()));
            label = experts.group(1) + "x" + experts.group(2) + "b";
        } else if (size.find()) {
            double billions = billions(size.group(1));
            total = Range.of(billions);
            label = size.group(1) + "b";
            if (size.group(2) != null) {
                active = Range.of(billions(size.group(2)));
                label += "-a" + size.group(2) + "b";
            } else {
                // Beyond this size most models are mixtures that work with a part of themselves only.
                active = billions >= 150 ? new Range(0.1 * billions, billions) : total;
            }
        } else {
            return null;
        }
        boolean possible =
                total.max() <= ModelParameters.MAX_BILLIONS && active.max() <= total.max() && active.min() > 0;
        return possible
                ? List.of(new FactorRow.Parametric(
                        provider,
                        "size-" + label,
                        "class",
                        new ModelParameters(active, total, 0, 0),
                        3,
                        Validity.ALWAYS,
                        BY_NAME))
                : null;
    }

    /** Some hosts write the point as a p, as in 1p5b. */
    private static double billions(String text) {
        return Double.parseDouble(text.replace('p', '.'));
    }

    /** The name as it came, then without what may stand before it. */
    private List<Candidate> candidates(String provider, String modelName) {
        Set<Candidate> found = new LinkedHashSet<>();
        String rest = folded(modelName);
        String owner = provider;
        found.add(new Candidate(owner, FactorRow.normal(rest)));
        boolean shorter = true;
        while (shorter) {
            shorter = false;
            for (SetRow.Prefix prefix : prefixes) {
                String start = folded(prefix.prefix());
                if (rest.length() > start.length() && rest.startsWith(start)) {
                    rest = rest.substring(start.length());
                    owner = prefix.provider().isEmpty() ? owner : provider(prefix.provider());
                    found.add(new Candidate(owner, FactorRow.normal(rest)));
                    shorter = true;
                    break;
                }
            }
            int slash = rest.lastIndexOf('/');
            if (!shorter && slash >= 0 && slash < rest.length() - 1) {
                // A vendor that nobody listed: what follows may begin with a prefix again.
                rest = rest.substring(slash + 1);
                found.add(new Candidate(owner, FactorRow.normal(rest)));
                shorter = true;
            }
        }
        return List.copyOf(found);
    }

    /** The name without its last variant, without its last two, and so on. */
    private static List<String> variants(String name) {
        List<String> found = new ArrayList<>();
        String rest = name;
        Matcher matcher = VARIANT.matcher(rest);
        while (matcher.find() && matcher.start() > 0) {
            rest = rest.substring(0, matcher.start());
            found.add(rest);
            matcher = VARIANT.matcher(rest);
        }
        return found;
    }

    /** Of two rows with one family name the one whose own name comes last, as dates and versions sort. */
    private static List<FactorRow> newer(List<FactorRow> one, List<FactorRow> other) {
        return one.get(0).model().compareTo(other.get(0).model()) >= 0 ? one : other;
    }

    private static String cutAtSeparator(String name) {
        for (int i = name.length() - 1; i > 0; i--) {
            if ("-/:@+".indexOf(name.charAt(i)) >= 0) {
                return name.substring(0, i);
            }
        }
        return "";
    }

    private static void hit(List<Hit> hits, Match match, @Nullable List<FactorRow> rows) {
        if (rows != null && hits.stream().noneMatch(hit -> hit.rows().equals(rows))) {
            hits.add(new Hit(match, rows));
        }
    }

    private static String base(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private static String folded(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String key(String provider, String name) {
        return provider + '\n' + name;
    }
}
