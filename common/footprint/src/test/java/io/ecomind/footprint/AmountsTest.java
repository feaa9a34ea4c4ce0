package io.ecomind.footprint;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.longs;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AmountsTest {
    @ParameterizedTest
    @EnumSource(Quantity.class)
    void nanoUnitsAndDecimalsRoundTrip(Quantity quantity) {
        qt().forAll(longs().between(0, Long.MAX_VALUE / 4), longs().between(0, Long.MAX_VALUE / 4))
                .checkAssert((low, more) -> {
                    long mid = low + more;
                    long high = mid + more;
                    Amounts amounts =
                            new Amounts.Builder().set(quantity, low, mid, high).build();
                    for (Bound bound : Bound.values()) {
                        BigDecimal decimal = requireNonNull(amounts.decimal(quantity, bound));
                        assertThat(decimal.scale()).isEqualTo(quantity.scale());
                        assertThat(decimal.movePointRight(quantity.scale()).longValueExact())
                                .isEqualTo(amounts.nanos(quantity, bound));
                    }
                    assertThat(amounts.nanos(quantity, Bound.LOW)).isEqualTo(low);
                    assertThat(amounts.nanos(quantity, Bound.MID)).isEqualTo(mid);
                    assertThat(amounts.nanos(quantity, Bound.HIGH)).isEqualTo(high);
                });
    }

    /** A nWh is 1e-12 kWh, a ng 1e-12 kg, but a nL 1e-9 L. */
    @ParameterizedTest
    @CsvSource({
        "ENERGY, 12",
        "WATER, 9",
        "WATER_ONSITE, 9",
        "WATER_OFFSITE, 9",
        "CARBON, 12",
        "CARBON_OPERATIONAL, 12",
        "CARBON_EMBODIED, 12",
        "CARBON_MARKET, 12"
    })
    void oneNanoUnitIsTheLastPlace(Quantity quantity, int places) {
        Amounts one = new Amounts.Builder().set(quantity, 1, 1, 1).build();
        assertThat(one.decimal(quantity, Bound.MID)).isEqualTo(BigDecimal.ONE.movePointLeft(places));
        Amounts rounded =
                new Amounts.Builder().round(quantity, new double[] {1, 2, 3}).build();
        assertThat(rounded.decimal(quantity, Bound.HIGH)).isEqualByComparingTo("3");
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0", "1.5, 2", "2.5, 2", "3.5, 4", "0.49999, 0", "0.50001, 1", "8.5, 8", "7, 7"})
    void theHalfIsRoundedToEven(double nanos, long rounded) {
        double figure = nanos / 1e12;
        assertThat(figure * 1e12).isEqualTo(nanos);
        Amounts amounts = new Amounts.Builder()
                .round(Quantity.ENERGY, new double[] {figure, figure, figure})
                .build();
        assertThat(amounts.nanos(Quantity.ENERGY, Bound.LOW)).isEqualTo(rounded);
        assertThat(amounts.nanos(Quantity.ENERGY, Bound.MID)).isEqualTo(rounded);
        assertThat(amounts.nanos(Quantity.ENERGY, Bound.HIGH)).isEqualTo(rounded);
    }

    @Test
    void roundingIsHalfEvenForEveryFigure() {
        qt().forAll(longs().between(0, 1L << 50)).checkAssert(quarters -> {
            double figure = quarters / 4.0 / 1e9;
            long expected = new BigDecimal(figure * 1e9)
                    .setScale(0, RoundingMode.HALF_EVEN)
                    .longValueExact();
            Amounts amounts = new Amounts.Builder()
                    .round(Quantity.WATER, new double[] {figure, figure, figure})
                    .build();
            assertThat(amounts.nanos(Quantity.WATER, Bound.MID)).isEqualTo(expected);
        });
    }

    @Test
    void whatIsNotSetIsUnknownAndNotZero() {
        Amounts amounts = new Amounts.Builder().set(Quantity.ENERGY, 0, 0, 0).build();
        assertThat(amounts.has(Quantity.ENERGY)).isTrue();
        assertThat(amounts.decimal(Quantity.ENERGY, Bound.MID)).isEqualByComparingTo("0");
        for (Quantity quantity : Quantity.values()) {
            if (quantity != Quantity.ENERGY) {
                assertThat(amounts.has(quantity)).isFalse();
                assertThat(amounts.decimal(quantity, Bound.MID)).isNull();
                assertThatThrownBy(() -> amounts.nanos(quantity, Bound.MID))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(quantity.name());
            }
        }
    }

    @Test
    void aTotalOfOneKnownPartIsThatPart() {
        Amounts amounts = new Amounts.Builder()
                .set(Quantity.CARBON_OPERATIONAL, 1, 2, 3)
                .total(Quantity.CARBON, Quantity.CARBON_OPERATIONAL, Quantity.CARBON_EMBODIED)
                .build();
        assertThat(amounts.nanos(Quantity.CARBON, Bound.LOW)).isEqualTo(1);
        assertThat(amounts.nanos(Quantity.CARBON, Bound.HIGH)).isEqualTo(3);
    }

    @Test
    void aTotalOfUnknownPartsIsUnknown() {
        Amounts amounts = new Amounts.Builder()
                .total(Quantity.WATER, Quantity.WATER_ONSITE, Quantity.WATER_OFFSITE)
                .build();
        assertThat(amounts.has(Quantity.WATER)).isFalse();
    }

    @Test
    void whatDoesNotFitIsAnArithmeticException() {
        var builder = new Amounts.Builder();
        for (double figure : List.of(0x1p63 / 1e12, 1e300, Double.POSITIVE_INFINITY, Double.NaN)) {
            assertThatThrownBy(() -> builder.round(Quantity.ENERGY, new double[] {0, 0, figure}))
                    .isInstanceOf(ArithmeticException.class);
        }
        long half = Long.MAX_VALUE / 2 + 1;
        builder.set(Quantity.WATER_ONSITE, 0, 0, half).set(Quantity.WATER_OFFSITE, 0, 0, half);
        assertThatThrownBy(() -> builder.total(Quantity.WATER, Quantity.WATER_ONSITE, Quantity.WATER_OFFSITE))
                .isInstanceOf(ArithmeticException.class);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 0", "2, 1, 3", "1, 3, 2"})
    void figuresOutOfOrderAreRefused(long low, long mid, long high) {
        assertThatThrownBy(() -> new Amounts.Builder().set(Quantity.WATER, low, mid, high))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("WATER")
                .hasMessageContaining("low <= mid <= high");
    }

    @Test
    void equalFiguresAreEqual() {
        Amounts one = new Amounts.Builder().set(Quantity.ENERGY, 1, 2, 3).build();
        assertThat(one)
                .isEqualTo(new Amounts.Builder().set(Quantity.ENERGY, 1, 2, 3).build());
        assertThat(one)
                .isNotEqualTo(
                        new Amounts.Builder().set(Quantity.ENERGY, 1, 2, 4).build());
    }
}
