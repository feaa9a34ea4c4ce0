package io.ecomind.footprint;

import java.math.BigDecimal;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A flat factor for each call of a model. Immutable.
 *
 * @param validFrom first day (UTC) that the row holds for
 * @param validTo first day that it no longer holds for; null: still valid
 * @param kwhPerCall energy at the server, kWh per call, before PUE
 * @param pueRatio power usage effectiveness of the data centre, at least 1
 * @param waterLitresPerKwh water, L per kWh after PUE
 * @param carbonKgPerKwh CO2e where the event names no region, kg per kWh after PUE
 * @param evidenceTier 1 (measured) to 4 (assumed)
 */
public record PerCallFactor(
        String provider,
        String model,
        LocalDate validFrom,
        @Nullable LocalDate validTo,
        BigDecimal kwhPerCall,
        BigDecimal pueRatio,
        BigDecimal waterLitresPerKwh,
        BigDecimal carbonKgPerKwh,
        int evidenceTier) {

    public PerCallFactor {
        require(kwhPerCall.signum() > 0, "kwh_per_call must be above 0, was ", kwhPerCall);
        require(pueRatio.compareTo(BigDecimal.ONE) >= 0, "pue must be at least 1, was ", pueRatio);
        require(waterLitresPerKwh.signum() >= 0, "water_l_per_kwh must be at least 0, was ", waterLitresPerKwh);
        require(carbonKgPerKwh.signum() > 0, "co2_kg_per_kwh must be above 0, was ", carbonKgPerKwh);
        require(evidenceTier >= 1 && evidenceTier <= 4, "evidence_tier must be 1..4, was ", evidenceTier);
        require(
                validTo == null || validTo.isAfter(validFrom),
                "valid_to must be after valid_from, was ",
                String.valueOf(validTo));
    }

    boolean holdsOn(LocalDate day) {
        return !day.isBefore(validFrom) && (validTo == null || day.isBefore(validTo));
    }

    private static void require(boolean holds, String message, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(message + value);
        }
    }
}
