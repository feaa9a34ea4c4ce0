package io.ecomind.footprint;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a set as named values, under the names of its files: texts, doubles, integers, null where nothing is known
 * or there is no limit. Constants only.
 */
public enum FactorTable {
    PROVIDERS(
            List.of("provider", "valid_from"),
            set -> set.sites().stream()
                    .map(row -> row(
                            "provider",
                            row.provider(),
                            "zone",
                            row.zone(),
                            "pue_min",
                            row.site().pueRatio().min(),
                            "pue_max",
                            row.site().pueRatio().max(),
                            "wue_min",
                            row.site().waterLitresPerKwh().min(),
                            "wue_max",
                            row.site().waterLitresPerKwh().max(),
                            "evidence_tier",
                            row.evidenceTier(),
                            row.validity(),
                            row.citation()))),
    PROVIDER_ALIASES(
            List.of("alias"),
            set -> set.providerAliases().stream()
                    .map(row -> row("alias", row.alias(), "provider", row.provider(), row.citation()))),
    MODELS(
            List.of("provider", "model", "valid_from"),
            set -> set.rows().stream()
                    .filter(FactorRow.Parametric.class::isInstance)
                    .map(FactorRow.Parametric.class::cast)
                    .map(row -> row(
                            "provider",
                            row.provider(),
                            "model",
                            row.model(),
                            "basis",
                            row.basis(),
                            row.parameters(),
                            "tps",
                            known(row.parameters().tokensPerSecond()),
                            "ttft_s",
                            known(row.parameters().timeToFirstTokenSeconds()),
                            "evidence_tier",
                            row.evidenceTier(),
                            row.validity(),
                            row.citation()))),
    PER_CALL(
            List.of("provider", "model", "valid_from"),
            set -> set.rows().stream()
                    .filter(FactorRow.Flat.class::isInstance)
                    .map(FactorRow.Flat.class::cast)
                    .map(row -> row(
                            "provider",
                            row.provider(),
                            "model",
                            row.model(),
                            "basis",
                            row.basis(),
                            "kwh_low",
                            row.kwhLow(),
                            "kwh_mid",
                            row.kwhMid(),
                            "kwh_high",
                            row.kwhHigh(),
                            "pue",
                            row.pueRatio(),
                            "water_l_per_kwh",
                            row.waterLitresPerKwh(),
                            "co2_kg_per_kwh",
                            row.carbonKgPerKwh(),
                            "evidence_tier",
                            row.evidenceTier(),
                            row.validity(),
                            row.citation()))),
    ALIASES(
            List.of("provider", "alias"),
            set -> set.aliases().stream()
                    .map(row -> row(
                            "provider",
                            row.provider(),
                            "alias",
                            row.alias(),
                            "target_provider",
                            row.targetProvider(),
                            "target_model",
                            row.targetModel(),
                            row.citation()))),
    PREFIXES(
            List.of("prefix"),
            set -> set.prefixes().stream()
                    .map(row -> row("prefix", row.prefix(), "provider", row.provider(), row.citation()))),
    CLASSES(
            List.of("provider", "pattern", "valid_from"),
            set -> set.classes().stream()
                    .map(row -> row(
                            "class",
                            row.name(),
                            "provider",
                            row.provider(),
                            "pattern",
                            row.pattern(),
                            row.parameters(),
                            "evidence_tier",
                            row.evidenceTier(),
                            row.validity(),
                            row.citation()))),
    REGIONS(
            List.of("region"),
            set -> set.regions().stream()
                    .map(row -> row(
                            "region",
                            row.region(),
                            "cloud",
                            row.cloud(),
                            "zone",
                            row.zone(),
                            "country",
                            row.country(),
                            row.citation()))),
    GRID(
            List.of("zone", "start", "resolution"),
            set -> set.gridRows().stream()
                    .map(row -> row(
                            "zone",
                            row.zone(),
                            "start",
                            row.start().toString(),
                            "resolution",
                            row.resolution().name().toLowerCase(Locale.ROOT),
                            "gco2e_per_kwh",
                            row.gramsPerKwh(),
                            row.citation()))),
    WATER(
            List.of("zone"),
            set -> set.waterRows().stream()
                    .map(row -> row("zone", row.zone(), "offsite_wue_l_per_kwh", row.litresPerKwh(), row.citation())));

    private final List<String> key;
    private final Function<FactorSet, Stream<Map<String, @Nullable Object>>> rows;

    @SuppressWarnings("ImmutableEnumChecker")
    FactorTable(List<String> key, Function<FactorSet, Stream<Map<String, @Nullable Object>>> rows) {
        this.key = key;
        this.rows = rows;
    }

    /** The public name: that of the file without its ending. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The table of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static FactorTable of(String id) {
        for (FactorTable table : values()) {
            if (table.id().equals(id)) {
                return table;
            }
        }
        throw new IllegalArgumentException("table must be one of "
                + String.join(", ", Arrays.stream(values()).map(FactorTable::id).toList()) + ", was '" + id + "'");
    }

    /** The columns that tell a row of one set apart from its others. */
    public List<String> key() {
        return key;
    }

    /** The rows of a set. */
    public Stream<Map<String, @Nullable Object>> rows(FactorSet set) {
        return rows.apply(set);
    }

    /** How many rows a set has. */
    public long count(FactorSet set) {
        // Not by way of the rows' values: a grid by the hour has many.
        return this == GRID ? set.gridRows().size() : rows(set).count();
    }

    /** Names and values in turn; a validity, a citation and parameters stand for their columns. */
    private static Map<String, @Nullable Object> row(@Nullable Object... parts) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 0; i < parts.length; i++) {
            Object part = parts[i];
            if (part instanceof Validity days) {
                row.put("valid_from", day(days.fromDay()));
                row.put("valid_to", day(days.toDay()));
            } else if (part instanceof Citation citation) {
                row.put("source", citation.source());
                row.put("licence", citation.licence());
            } else if (part instanceof ModelParameters parameters) {
                row.put("active_b_min", parameters.activeBillions().min());
                row.put("active_b_max", parameters.activeBillions().max());
                row.put("total_b_min", parameters.totalBillions().min());
                row.put("total_b_max", parameters.totalBillions().max());
            } else if (part instanceof String name) {
                row.put(name, parts[++i]);
            } else {
                throw new IllegalArgumentException("a column needs a name, was " + part);
            }
        }
        return row;
    }

    private static @Nullable String day(long epochDay) {
        return epochDay == Validity.ALWAYS.fromDay() || epochDay == Validity.ALWAYS.toDay()
                ? null
                : LocalDate.ofEpochDay(epochDay).toString();
    }

    /** 0 stands for unknown in memory. */
    private static @Nullable Double known(double value) {
        return value > 0 ? value : null;
    }
}
