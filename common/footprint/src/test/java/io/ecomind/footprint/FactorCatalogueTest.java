package io.ecomind.footprint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.longs;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactorCatalogueTest {
    private static final Instant TS = Instant.parse("2026-03-01T12:00:00Z");
    private static final LocalDate FROM = LocalDate.parse("2020-01-01");

    @Test
    void energy_water_and_carbon_follow_the_per_call_formula() {
        FactorSet set = set("s1", "1970-01-01T00:00:00Z")
                .add(factor("m", FROM, null, "0.001"))
                .addGridIntensity("FRA", FROM, new BigDecimal("56.039"))
                .build();

        Rating rating = set.rate("p", "m", "FRA", TS);

        // 0.001 kWh * 1.2 = 0.0012 kWh; * 3.5 L/kWh = 0.0042 L; * 0.056039 kg/kWh = 0.0000672468 kg
        assertThat(rating.amounts()).isEqualTo(new Amounts(1_200_000_000L, 4_200_000L, 67_246_800L));
        assertThat(rating.gridMatch()).isEqualTo(Rating.GridMatch.REGION);
        assertThat(rating.match()).isEqualTo(Rating.Match.EXACT);
    }

    @Test
    void two_letter_country_is_the_same_region_as_three_letters() {
        FactorSet set = set("s1", "1970-01-01T00:00:00Z")
                .add(factor("m", FROM, null, "0.001"))
                .addGridIntensity("FRA", FROM, new BigDecimal("56.039"))
                .build();

        assertThat(set.rate("p", "m", "FR", TS)).isEqualTo(set.rate("p", "m", "FRA", TS));
    }

    @Test
    void region_without_a_row_takes_the_provider_default_and_says_so() {
        FactorSet set = set("s1", "1970-01-01T00:00:00Z")
                .add(factor("m", FROM, null, "0.001"))
                .build();

        Rating rating = set.rate("p", "m", "mars-1", TS);

        assertThat(rating.gridMatch()).isEqualTo(Rating.GridMatch.PROVIDER_DEFAULT);
        assertThat(rating.amounts()).extracting(Amounts::carbonNanograms).isEqualTo(480_000_000L);
    }

    @Test
    void unknown_model_is_uncovered_and_not_zero() {
        Rating rating = set("s1", "1970-01-01T00:00:00Z").build().rate("p", "m", "FRA", TS);

        assertThat(rating.amounts()).isNull();
        assertThat(rating.match()).isEqualTo(Rating.Match.NONE);
        assertThat(rating.factorSet()).isEqualTo("s1");
    }

    @Test
    void set_is_chosen_by_the_moment_of_receipt_and_row_by_the_moment_of_the_call() {
        LocalDate change = LocalDate.parse("2026-03-02");
        FactorSet first = set("s1", "1970-01-01T00:00:00Z")
                .add(factor("m", FROM, change, "0.001"))
                .add(factor("m", change, null, "0.002"))
                .build();
        FactorSet second = set("s2", "2026-03-05T00:00:00Z")
                .add(factor("m", FROM, null, "0.010"))
                .build();
        var catalogue = new FactorCatalogue(List.of(second, first));

        Rating before = catalogue.rate("p", "m", "", TS, Instant.parse("2026-03-04T23:59:59.999999Z"));
        Rating after = catalogue.rate("p", "m", "", TS, Instant.parse("2026-03-05T00:00:00Z"));
        Rating nextDay = catalogue.rate("p", "m", "", TS.plusSeconds(86_400), Instant.parse("2026-03-04T00:00:00Z"));

        assertThat(before.factorSet()).isEqualTo("s1");
        assertThat(after.factorSet()).isEqualTo("s2");
        assertThat(before.amounts()).extracting(Amounts::energyNanowattHours).isEqualTo(1_200_000_000L);
        assertThat(nextDay.amounts()).extracting(Amounts::energyNanowattHours).isEqualTo(2_400_000_000L);
    }

    @Test
    void overlapping_rows_are_refused() {
        var builder = set("s1", "1970-01-01T00:00:00Z").add(factor("m", FROM, null, "0.001"));

        assertThatThrownBy(() -> builder.add(factor("m", FROM.plusYears(1), null, "0.001")))
                .hasMessageContaining("overlap");
    }

    @Test
    void impossible_rows_are_refused_with_field_and_value() {
        assertThatThrownBy(() -> factor("m", FROM, null, "0")).hasMessage("kwh_per_call must be above 0, was 0");
        assertThatThrownBy(() -> set("s", "1970-01-01T00:00:00Z").addGridIntensity("PRY", FROM, BigDecimal.ZERO))
                .hasMessageContaining("PRY");
    }

    @Test
    void nano_units_survive_the_round_trip_through_decimals() {
        qt().forAll(
                        longs().between(0, Long.MAX_VALUE),
                        longs().between(0, Long.MAX_VALUE),
                        longs().between(0, Long.MAX_VALUE))
                .checkAssert((energy, water, carbon) -> {
                    var amounts = new Amounts(energy, water, carbon);
                    assertThat(Amounts.ofExact(amounts.kwh(), amounts.litres(), amounts.kilograms()))
                            .isEqualTo(amounts);
                });
    }

    private static FactorSet.Builder set(String id, String activeFrom) {
        return new FactorSet.Builder(id, Instant.parse(activeFrom));
    }

    private static PerCallFactor factor(
            String model, LocalDate from, @org.jspecify.annotations.Nullable LocalDate to, String kwh) {
        return new PerCallFactor(
                "p",
                model,
                from,
                to,
                new BigDecimal(kwh),
                new BigDecimal("1.2"),
                new BigDecimal("3.5"),
                new BigDecimal("0.4"),
                4);
    }
}
