package io.ecomind.footprint;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One version of all factors. Immutable and thread-safe once built.
 *
 * <p>Formula of basis {@code per_call}: {@code kwh = kwh_per_call * pue}, {@code water = kwh * water_l_per_kwh},
 * {@code co2 = kwh * intensity}, where intensity is the grid's at the event's region and day or, when the event names
 * no region that the set knows, the factor's own {@code co2_kg_per_kwh}. Exact decimals, rounded once.
 */
public final class FactorSet {
    private static final BigDecimal GRAMS_PER_KILOGRAM = BigDecimal.valueOf(1000);

    private final String id;
    private final Instant activeFrom;
    private final Map<String, Map<String, List<PerCallFactor>>> perCall = new HashMap<>();
    private final Map<String, TreeMap<LocalDate, BigDecimal>> gridKgPerKwh = new HashMap<>();

    private FactorSet(String id, Instant activeFrom) {
        this.id = id;
        this.activeFrom = activeFrom;
    }

    public String id() {
        return id;
    }

    /** The set rates what is received from this moment on. */
    public Instant activeFrom() {
        return activeFrom;
    }

    /** The footprint of one call that happened at {@code ts}; uncovered when the set has no row for the model. */
    public Rating rate(String provider, String model, String region, Instant ts) {
        LocalDate day = LocalDate.ofInstant(ts, java.time.ZoneOffset.UTC);
        PerCallFactor factor = find(provider, model, day);
        if (factor == null) {
            return Rating.uncovered(id);
        }
        BigDecimal kwh = factor.kwhPerCall().multiply(factor.pueRatio());
        BigDecimal regional = intensity(region, day);
        BigDecimal kgPerKwh = regional == null ? factor.carbonKgPerKwh() : regional;
        return new Rating(
                id,
                Rating.Match.EXACT,
                regional == null ? Rating.GridMatch.PROVIDER_DEFAULT : Rating.GridMatch.REGION,
                factor.evidenceTier(),
                flat(kwh, kwh.multiply(factor.waterLitresPerKwh()), kwh.multiply(kgPerKwh)));
    }

    private static Amounts flat(BigDecimal kwh, BigDecimal litres, BigDecimal kilograms) {
        long energy = nano(kwh, Quantity.ENERGY);
        long water = nano(litres, Quantity.WATER);
        long carbon = nano(kilograms, Quantity.CARBON);
        return new Amounts.Builder()
                .set(Quantity.ENERGY, energy, energy, energy)
                .set(Quantity.WATER, water, water, water)
                .set(Quantity.CARBON, carbon, carbon, carbon)
                .build();
    }

    private static long nano(BigDecimal value, Quantity quantity) {
        return value.setScale(quantity.scale(), java.math.RoundingMode.HALF_EVEN)
                .unscaledValue()
                .longValueExact();
    }

    private @Nullable PerCallFactor find(String provider, String model, LocalDate day) {
        for (PerCallFactor factor : perCall.getOrDefault(provider, Map.of()).getOrDefault(model, List.of())) {
            if (factor.holdsOn(day)) {
                return factor;
            }
        }
        return null;
    }

    private @Nullable BigDecimal intensity(String region, LocalDate day) {
        TreeMap<LocalDate, BigDecimal> rows = gridKgPerKwh.get(countryCode(region));
        if (rows == null) {
            return null;
        }
        var row = rows.floorEntry(day);
        return row == null ? null : row.getValue();
    }

    /** Two-letter country codes stand for their three-letter ones; anything else is looked up as it is. */
    private static String countryCode(String region) {
        if (region.length() != 2) {
            return region;
        }
        try {
            return new Locale.Builder().setRegion(region).build().getISO3Country();
        } catch (java.util.IllformedLocaleException | java.util.MissingResourceException notACountry) {
            return region;
        }
    }

    /** Collects the rows of a set. Not thread-safe. */
    public static final class Builder {
        private final FactorSet set;

        public Builder(String id, Instant activeFrom) {
            set = new FactorSet(id, activeFrom);
        }

        /**
         * Adds the factor of a model.
         *
         * @throws IllegalArgumentException when a row for the same model holds on some of the same days
         */
        public Builder add(PerCallFactor row) {
            List<PerCallFactor> rows = set.perCall
                    .computeIfAbsent(row.provider(), p -> new HashMap<>())
                    .computeIfAbsent(row.model(), m -> new ArrayList<>());
            for (PerCallFactor other : rows) {
                boolean apart = (other.validTo() != null && !other.validTo().isAfter(row.validFrom()))
                        || (row.validTo() != null && !row.validTo().isAfter(other.validFrom()));
                if (!apart) {
                    throw new IllegalArgumentException("factors of " + row.provider() + "/" + row.model()
                            + " overlap: from " + other.validFrom() + " and from " + row.validFrom());
                }
            }
            rows.add(row);
            rows.sort(Comparator.comparing(PerCallFactor::validFrom));
            return this;
        }

        /**
         * Adds the intensity of a region's grid from a day on.
         *
         * @throws IllegalArgumentException when the intensity is not above 0 or the row is there already
         */
        public Builder addGridIntensity(String region, LocalDate from, BigDecimal gramsPerKwh) {
            if (gramsPerKwh.signum() <= 0) {
                throw new IllegalArgumentException(
                        "gco2_per_kwh of " + region + " from " + from + " must be above 0, was " + gramsPerKwh);
            }
            BigDecimal before = set.gridKgPerKwh
                    .computeIfAbsent(region, r -> new TreeMap<>())
                    .put(from, gramsPerKwh.divide(GRAMS_PER_KILOGRAM));
            if (before != null) {
                throw new IllegalArgumentException("grid intensity of " + region + " from " + from + " is there twice");
            }
            return this;
        }

        /** The finished set; the builder must not be used afterwards. */
        public FactorSet build() {
            return set;
        }
    }
}
