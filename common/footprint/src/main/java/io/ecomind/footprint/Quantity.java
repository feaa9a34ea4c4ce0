package io.ecomind.footprint;

/**
 * What is known of a call's footprint, each as low, mid and high. Constants only.
 *
 * <p>Stored columns carry the name of the mid figure; {@code _low} and {@code _high} follow it for the others.
 */
public enum Quantity {
    /** Energy after PUE, kWh. */
    ENERGY("kwh", "kWh", 12),
    /** All water that is known, L. */
    WATER("water_l", "L", 9),
    /** Water that the data centre consumes, L. */
    WATER_ONSITE("water_onsite_l", "L", 9),
    /** Water that the power stations behind the grid consume, L. */
    WATER_OFFSITE("water_offsite_l", "L", 9),
    /** All CO2e that is known, location-based, kg. */
    CARBON("co2_kg", "kg CO2e", 12),
    /** CO2e of the energy by the grid's average (location-based), kg. */
    CARBON_OPERATIONAL("co2_operational_kg", "kg CO2e", 12),
    /** The call's share of the hardware's making, kg CO2e. */
    CARBON_EMBODIED("co2_embodied_kg", "kg CO2e", 12),
    /** CO2e of the energy by the organisation's contract (market-based), kg; unknown without a contract. */
    CARBON_MARKET("co2_market_kg", "kg CO2e", 12);

    private final String column;
    private final String unit;
    private final int scale;

    Quantity(String column, String unit, int scale) {
        this.column = column;
        this.unit = unit;
        this.scale = scale;
    }

    /** The name of the stored column. */
    public String column(Bound bound) {
        return switch (bound) {
            case LOW -> column + "_low";
            case MID -> column;
            case HIGH -> column + "_high";
        };
    }

    /** kWh, L or kg CO2e. */
    public String unit() {
        return unit;
    }

    /** Decimal places of the stored figure: 12 for kWh (nWh) and kg (ng), 9 for L (nL). */
    public int scale() {
        return scale;
    }
}
