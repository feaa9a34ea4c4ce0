package io.ecomind.footprint;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** The rows of a factor set beside its {@link FactorRow}s. Holder of records only. */
public final class SetRow {
    private SetRow() {}

    /** The data centres of a provider; {@code *} stands for those that are not listed. */
    public record Provider(
            String provider, String zone, DataCentre site, int evidenceTier, Validity validity, Citation citation) {
        public static final String ANY = "*";

        public Provider {
            notEmpty("provider", provider);
            notEmpty("zone", zone);
            FactorLimits.between("evidence_tier", evidenceTier, 1, 4);
        }
    }

    /** Another name of a provider. */
    public record ProviderAlias(String alias, String provider, Citation citation) {
        public ProviderAlias {
            notEmpty("alias", alias);
            notEmpty("provider", provider);
        }
    }

    /** Another name of a model; provider {@code *}: whoever serves it. */
    public record Alias(String provider, String alias, String targetProvider, String targetModel, Citation citation) {
        public Alias {
            notEmpty("provider", provider);
            notEmpty("alias", alias);
            notEmpty("target_provider", targetProvider);
            notEmpty("target_model", targetModel);
        }
    }

    /** What may stand before a model's name; provider: whose model follows, empty when that is not said. */
    public record Prefix(String prefix, String provider, Citation citation) {
        public Prefix {
            notEmpty("prefix", prefix);
        }
    }

    /** Models whose name begins with the pattern; provider {@code *}: whoever serves them; pattern {@code *}: all. */
    public record ModelClass(
            String name,
            String provider,
            String pattern,
            ModelParameters parameters,
            int evidenceTier,
            Validity validity,
            Citation citation) {
        public ModelClass {
            notEmpty("class", name);
            notEmpty("provider", provider);
            notEmpty("pattern", pattern);
            FactorLimits.between("evidence_tier", evidenceTier, 1, 4);
            if (provider.equals(Provider.ANY) && pattern.equals(Provider.ANY)) {
                throw new IllegalArgumentException("pattern must not be * for provider *: nothing would be uncovered");
            }
        }
    }

    /** The grid zone and the country of a cloud region. */
    public record Region(String region, String cloud, String zone, String country, Citation citation) {
        public Region {
            notEmpty("region", region);
            notEmpty("cloud", cloud);
            notEmpty("zone", zone);
            if (!country.matches("[A-Z]{3}")) {
                throw new IllegalArgumentException("country must be an ISO 3166-1 alpha-3 code, was '" + country + "'");
            }
        }
    }

    /** How long a figure of the grid stands for. */
    public enum Resolution {
        HOUR,
        MONTH,
        YEAR
    }

    /**
     * Carbon intensity of a zone's grid.
     *
     * @param start first moment, at the resolution's beginning in UTC
     * @param gramsPerKwh gCO2e per kWh, above 0: nothing that generates power emits 0 over its life cycle
     */
    public record Grid(String zone, Instant start, Resolution resolution, double gramsPerKwh, Citation citation) {
        public static final double MAX_GRAMS = 10_000;

        public Grid {
            notEmpty("zone", zone);
            FactorLimits.above("gco2e_per_kwh", gramsPerKwh, 0, MAX_GRAMS);
            var utc = start.atZone(ZoneOffset.UTC);
            boolean fits = utc.equals(
                    switch (resolution) {
                        case HOUR -> utc.truncatedTo(ChronoUnit.HOURS);
                        case MONTH -> utc.toLocalDate().withDayOfMonth(1).atStartOfDay(utc.getZone());
                        case YEAR -> utc.toLocalDate().withDayOfYear(1).atStartOfDay(utc.getZone());
                    });
            if (!fits) {
                throw new IllegalArgumentException("start must be the beginning of a UTC "
                        + resolution.name().toLowerCase(Locale.ROOT) + ", was " + start);
            }
        }
    }

    /** Water behind a country's grid, L per kWh. */
    public record Water(String zone, double litresPerKwh, Citation citation) {
        public Water {
            notEmpty("zone", zone);
            FactorLimits.between("offsite_wue_l_per_kwh", litresPerKwh, 0, DataCentre.MAX_LITRES_PER_KWH);
        }
    }

    private static void notEmpty(String field, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(field + " must not be empty");
        }
    }
}
