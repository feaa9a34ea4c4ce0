package io.ecomind.footprint;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What one or many calls cost, in nano-units. Integers, so that a sum does not depend on its order. Immutable.
 *
 * @param energyNanowattHours energy after PUE, 1e-12 kWh
 * @param waterNanolitres water, 1e-9 L
 * @param carbonNanograms CO2e, 1e-12 kg
 */
public record Amounts(long energyNanowattHours, long waterNanolitres, long carbonNanograms) {
    /** Decimal places of kWh and kg. */
    public static final int KWH_SCALE = 12;

    /** Decimal places of litres. */
    public static final int LITRE_SCALE = 9;

    public Amounts {
        if (energyNanowattHours < 0 || waterNanolitres < 0 || carbonNanograms < 0) {
            throw new IllegalArgumentException("amounts must not be negative: " + energyNanowattHours + " nWh, "
                    + waterNanolitres + " nL, " + carbonNanograms + " ng");
        }
    }

    /**
     * Rounds exact quantities to nano-units, once, half to even.
     *
     * @throws ArithmeticException when a quantity does not fit into a long of nano-units
     */
    public static Amounts ofExact(BigDecimal kwh, BigDecimal litres, BigDecimal kilograms) {
        return new Amounts(nano(kwh, KWH_SCALE), nano(litres, LITRE_SCALE), nano(kilograms, KWH_SCALE));
    }

    public BigDecimal kwh() {
        return BigDecimal.valueOf(energyNanowattHours, KWH_SCALE);
    }

    public BigDecimal litres() {
        return BigDecimal.valueOf(waterNanolitres, LITRE_SCALE);
    }

    public BigDecimal kilograms() {
        return BigDecimal.valueOf(carbonNanograms, KWH_SCALE);
    }

    private static long nano(BigDecimal quantity, int scale) {
        return quantity.setScale(scale, RoundingMode.HALF_EVEN).unscaledValue().longValueExact();
    }
}
