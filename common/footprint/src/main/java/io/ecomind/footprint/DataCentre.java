package io.ecomind.footprint;

/**
 * Where a model runs. Immutable.
 *
 * @param pueRatio power usage effectiveness: energy of the site per energy of its servers, at least 1
 * @param waterLitresPerKwh water usage effectiveness: water that the site consumes per kWh of its servers
 */
public record DataCentre(Range pueRatio, Range waterLitresPerKwh) {
    public static final double MAX_PUE = 10;
    public static final double MAX_LITRES_PER_KWH = 1_000;

    public DataCentre {
        FactorLimits.between("pue_min", pueRatio.min(), 1, MAX_PUE);
        FactorLimits.between("pue_max", pueRatio.max(), 1, MAX_PUE);
        FactorLimits.between("wue_min", waterLitresPerKwh.min(), 0, MAX_LITRES_PER_KWH);
        FactorLimits.between("wue_max", waterLitresPerKwh.max(), 0, MAX_LITRES_PER_KWH);
    }
}
