package io.ecomind.footprint;

import java.util.Locale;

/** A row that a model's calls are rated by. */
public sealed interface FactorRow permits FactorRow.Parametric, FactorRow.Flat {
    String provider();

    String model();

    /** measured, disclosed, benchmark, parametric, class, per_call or per_unit. */
    String basis();

    /** 1 (measured or disclosed for the model) to 4 (assumed for a class). */
    int evidenceTier();

    Validity validity();

    Citation citation();

    /** How the row is shown: provider/model. */
    default String label() {
        return provider() + "/" + model();
    }

    /** Rated by size and speed. */
    record Parametric(
            String provider,
            String model,
            String basis,
            ModelParameters parameters,
            int evidenceTier,
            Validity validity,
            Citation citation)
            implements FactorRow {
        public Parametric {
            FactorLimits.between("evidence_tier", evidenceTier, 1, 4);
            requireName("provider", provider);
            requireName("model", model);
            if (!basis.matches("measured|disclosed|benchmark|parametric|class")) {
                throw new IllegalArgumentException(
                        "basis must be measured, disclosed, benchmark, parametric or class, was '" + basis + "'");
            }
        }
    }

    /**
     * A flat factor for each call or unit.
     *
     * @param kwhLow energy at the server before PUE, kWh; likewise mid and high
     * @param pueRatio at least 1
     * @param waterLitresPerKwh water, L per kWh after PUE; its boundary is the source's
     * @param carbonKgPerKwh CO2e where the event names no known region, kg per kWh after PUE
     */
    record Flat(
            String provider,
            String model,
            String basis,
            double kwhLow,
            double kwhMid,
            double kwhHigh,
            double pueRatio,
            double waterLitresPerKwh,
            double carbonKgPerKwh,
            int evidenceTier,
            Validity validity,
            Citation citation)
            implements FactorRow {
        public static final double MAX_KWH = 1_000;
        public static final double MAX_KG_PER_KWH = 10;

        public Flat {
            requireName("provider", provider);
            requireName("model", model);
            if (!basis.equals("per_call") && !basis.equals("per_unit")) {
                throw new IllegalArgumentException("basis must be per_call or per_unit, was '" + basis + "'");
            }
            FactorLimits.above("kwh_low", kwhLow, 0, MAX_KWH);
            FactorLimits.between("kwh_mid", kwhMid, kwhLow, MAX_KWH);
            FactorLimits.between("kwh_high", kwhHigh, kwhMid, MAX_KWH);
            FactorLimits.between("pue", pueRatio, 1, DataCentre.MAX_PUE);
            FactorLimits.between("water_l_per_kwh", waterLitresPerKwh, 0, DataCentre.MAX_LITRES_PER_KWH);
            FactorLimits.above("co2_kg_per_kwh", carbonKgPerKwh, 0, MAX_KG_PER_KWH);
            FactorLimits.between("evidence_tier", evidenceTier, 1, 4);
        }
    }

    private static void requireName(String field, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(field + " must not be empty");
        }
    }

    /** Names are compared without case, {@code _} as {@code -}, {@code .} as {@code -}. */
    static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace('_', '-').replace('.', '-');
    }
}
