package io.ecomind.footprint;

import static io.ecomind.footprint.SmallSet.CITED;
import static io.ecomind.footprint.SmallSet.amounts;
import static io.ecomind.footprint.SmallSet.call;
import static io.ecomind.footprint.SmallSet.days;
import static io.ecomind.footprint.SmallSet.flat;
import static io.ecomind.footprint.SmallSet.lastResort;
import static io.ecomind.footprint.SmallSet.model;
import static io.ecomind.footprint.SmallSet.modelClass;
import static io.ecomind.footprint.SmallSet.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ecomind.footprint.Rating.GridMatch;
import io.ecomind.footprint.Rating.Match;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which row, which data centre and which arithmetic rate a call. */
class FactorSetTest {
    @ParameterizedTest
    @CsvSource({
        "2026-02-28T00:00:00Z, 8",
        "2026-02-28T23:59:59.999999Z, 8",
        "2026-03-01T00:00:00Z, 70",
        "2026-03-01T00:00:00.000001Z, 70",
        "2026-12-31T23:59:59Z, 70"
    })
    void aRowChangesAtMidnightUtcOfTheEvent(String moment, double billions) {
        FactorSet set = lastResort()
                .add(model("p", "m", 8, days(null, "2026-03-01")))
                .add(model("p", "m", 70, days("2026-03-01", null)))
                .build();
        FactorSet same = lastResort().add(model("p", "m", billions)).build();
        assertThat(call("p", "m").at(moment).by(set))
                .isEqualTo(call("p", "m").at(moment).by(same));
    }

    @Test
    void beforeAndAfterItsTimeARowIsNotThereAndTheSearchGoesOn() {
        FactorSet set = lastResort()
                .add(model("p", "m", 8, days("2026-03-01", "2026-04-01")))
                .add(modelClass("m-like", "*", "m", 9))
                .build();
        assertThat(call("p", "m").at("2026-02-28T23:59:59Z").by(set).match()).isEqualTo(Match.CLASS);
        assertThat(call("p", "m").at("2026-03-01").by(set).match()).isEqualTo(Match.EXACT);
        assertThat(call("p", "m").at("2026-03-31T23:59:59Z").by(set).match()).isEqualTo(Match.EXACT);
        assertThat(call("p", "m").at("2026-04-01").by(set).match()).isEqualTo(Match.CLASS);
    }

    @Test
    void eventsBefore1970HaveTheirOwnDay() {
        FactorSet set = lastResort()
                .add(model("p", "m", 8, days("1969-12-31", "1970-01-01")))
                .build();
        assertThat(call("p", "m").at("1969-12-31T00:00:00Z").by(set).match()).isEqualTo(Match.EXACT);
        assertThat(call("p", "m").at("1969-12-31T23:59:59Z").by(set).match()).isEqualTo(Match.EXACT);
        assertThat(call("p", "m").at("1970-01-01T00:00:00Z").by(set).match()).isEqualTo(Match.NONE);
    }

    @ParameterizedTest
    @CsvSource({"host, 1.2", "HOST, 1.2", "host-cloud, 1.2", "other, 1.3", "owner, 1.3"})
    void theDataCentreIsTheProvidersElseItsOwners(String provider, double pueRatio) {
        FactorSet set = lastResort()
                .add(site("host", "WOR", 1.2, 0.5))
                .add(site("owner", "WOR", 1.3, 0.5))
                .add(new SetRow.ProviderAlias("host-cloud", "host", CITED))
                .add(model("owner", "m", 8))
                .build();
        assertThat(pueOf(set, provider, "m", "2026-06-15")).isEqualTo(pueRatio);
    }

    @Test
    void theDataCentreIsAnyOnesWhereNeitherIsListed() {
        FactorSet set = lastResort()
                .add(site("host", "WOR", 1.2, 0.5))
                .add(model("owner", "m", 8))
                .build();
        assertThat(pueOf(set, "owner", "m", "2026-06-15")).isEqualTo(1.5);
        assertThat(pueOf(set, "other", "m", "2026-06-15")).isEqualTo(1.5);
    }

    @ParameterizedTest
    @CsvSource({
        "2025-12-31, 1.4",
        "2026-01-01, 1.2",
        "2026-03-31, 1.2",
        "2026-04-01, 1.1",
        "2026-06-30, 1.1",
        "2026-07-01, 1.4"
    })
    void theDataCentreIsTheOneOfTheDay(String day, double pueRatio) {
        FactorSet set = lastResort()
                .add(site("host", "WOR", 1.2, 0.5, days("2026-01-01", "2026-04-01")))
                .add(site("host", "WOR", 1.1, 0.5, days("2026-04-01", "2026-07-01")))
                .add(site("owner", "WOR", 1.4, 0.5))
                .add(model("owner", "m", 8))
                .build();
        assertThat(pueOf(set, "host", "m", day)).isEqualTo(pueRatio);
    }

    private static double pueOf(FactorSet set, String provider, String model, String day) {
        Explanation explained = set.explain(call(provider, model).at(day).make(), OrganisationFactors.NONE);
        return explained.steps().stream()
                .filter(step -> step.symbol().equals("PUE"))
                .findFirst()
                .orElseThrow()
                .mid();
    }

    @ParameterizedTest
    @ValueSource(strings = {"image", "audio", "video"})
    void mediaWithoutTokensAreUncovered(String modality) {
        FactorSet set = lastResort()
                .add(model("p", "m", 8))
                .add(modelClass("m-like", "*", "m", 9))
                .add(modelClass("any", "p", "*", 9))
                .build();
        Rating rating = call("p", "m").modality(modality).tokens(0, 0).units(3).by(set);
        assertThat(rating).isEqualTo(Rating.uncovered("small-1"));
        assertThat(call("p", "m").modality(modality).tokens(10, 0).by(set).match())
                .isEqualTo(Match.EXACT);
        assertThat(call("p", "m").modality(modality).tokens(0, 10).by(set).match())
                .isEqualTo(Match.EXACT);
        assertThat(call("q", "m-latest")
                        .modality(modality)
                        .tokens(0, 10)
                        .by(set)
                        .match())
                .isEqualTo(Match.FAMILY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image", "audio", "video"})
    void classesAreOfTextAndRateNoMedia(String modality) {
        FactorSet set = lastResort()
                .add(modelClass("m-like", "*", "m", 9))
                .add(modelClass("any", "p", "*", 9))
                .build();
        assertThat(call("p", "m-2").modality(modality).by(set).match()).isEqualTo(Match.NONE);
        assertThat(call("p", "x").modality(modality).by(set).match()).isEqualTo(Match.NONE);
        assertThat(call("p", "m-8b").modality(modality).by(set).match()).isEqualTo(Match.NONE);
        assertThat(call("p", "m-2").by(set).match()).isEqualTo(Match.CLASS);
        assertThat(call("p", "m-2").modality(null).by(set).match()).isEqualTo(Match.CLASS);
    }

    @Test
    void aFactorPerUnitRatesUnits() {
        FactorSet set =
                lastResort().add(flat("p", "painter", "per_unit", 0.004)).build();
        Rating rating =
                call("p", "painter").modality("image").tokens(0, 0).units(3).by(set);
        Amounts amounts = amounts(rating);
        // 0.004 kWh * PUE 1.25 * 3 images, 3 L/kWh, 0.25 kg/kWh; low is half of it and high the double.
        assertThat(amounts.nanos(Quantity.ENERGY, Bound.LOW)).isEqualTo(7_500_000_000L);
        assertThat(amounts.nanos(Quantity.ENERGY, Bound.MID)).isEqualTo(15_000_000_000L);
        assertThat(amounts.nanos(Quantity.ENERGY, Bound.HIGH)).isEqualTo(30_000_000_000L);
        assertThat(amounts.nanos(Quantity.WATER, Bound.MID)).isEqualTo(45_000_000L);
        assertThat(amounts.nanos(Quantity.CARBON, Bound.MID)).isEqualTo(3_750_000_000L);
        assertThat(amounts.nanos(Quantity.CARBON_OPERATIONAL, Bound.MID)).isEqualTo(3_750_000_000L);
        for (Quantity unknown : List.of(
                Quantity.WATER_ONSITE, Quantity.WATER_OFFSITE, Quantity.CARBON_EMBODIED, Quantity.CARBON_MARKET)) {
            assertThat(amounts.has(unknown)).as("%s", unknown).isFalse();
        }
        assertThat(rating.basis()).isEqualTo("per_unit");
        assertThat(rating.gridMatch()).isEqualTo(GridMatch.PROVIDER);
        assertThat(rating.gridResolution()).isEqualTo("factor");
        assertThat(rating.gridZone()).isEmpty();
        assertThat(call("p", "painter").modality("image").units(0).by(set).match())
                .isEqualTo(Match.NONE);
        assertThat(call("p", "painter").modality("image").units(-1).by(set).match())
                .isEqualTo(Match.NONE);
    }

    @Test
    void aFactorPerCallRatesEachCallWhateverItsTokens() {
        FactorSet set = lastResort().add(flat("p", "m", "per_call", 0.004)).build();
        assertThat(call("p", "m").tokens(0, 0).energyBy(set)).isEqualTo(5_000_000_000L);
        assertThat(call("p", "m").tokens(1_000, 1_000).energyBy(set)).isEqualTo(5_000_000_000L);
        assertThat(call("p", "m").modality("image").tokens(0, 0).energyBy(set)).isEqualTo(5_000_000_000L);
    }

    @Test
    void aFlatFactorTakesTheGridOfAKnownRegion() {
        FactorSet set = lastResort()
                .add(flat("p", "m", "per_call", 0.004))
                .add(SmallSet.year("FRA", 2020, 40))
                .build();
        Rating rating = call("p", "m").in("FR").by(set);
        assertThat(rating.gridMatch()).isEqualTo(GridMatch.REGION);
        assertThat(rating.gridZone()).isEqualTo("FRA");
        assertThat(rating.gridResolution()).isEqualTo("year");
        assertThat(SmallSet.nanos(rating, Quantity.CARBON)).isEqualTo(200_000_000L);
        assertThat(SmallSet.nanos(call("p", "m").in("nowhere").by(set), Quantity.CARBON))
                .isEqualTo(1_250_000_000L);
    }

    @Test
    void embeddingsCostTheirPromptOnly() {
        FactorSet set = lastResort().add(model("p", "m", 8)).build();
        Amounts embedding = amounts(call("p", "m").modality("embedding").by(set));
        Amounts text = amounts(call("p", "m").tokens(1_000, 0).by(set));
        for (Quantity quantity : List.of(Quantity.ENERGY, Quantity.WATER, Quantity.CARBON)) {
            assertThat(embedding.nanos(quantity, Bound.MID)).isEqualTo(text.nanos(quantity, Bound.MID));
        }
        assertThat(embedding.has(Quantity.CARBON_EMBODIED)).isFalse();
        Explanation explained = set.explain(call("p", "m").modality("embedding").make(), OrganisationFactors.NONE);
        assertThat(explained.steps()).extracting(Step::symbol).doesNotContain("co2_embodied");
    }

    @Test
    void latencyCapsAndZeroMeansNotMeasured() {
        FactorSet set = lastResort().add(model("p", "m", 8)).build();
        long unmeasured = call("p", "m").energyBy(set);
        assertThat(call("p", "m").latencyMillis(0).energyBy(set)).isEqualTo(unmeasured);
        assertThat(call("p", "m").latencyMillis(-5).energyBy(set)).isEqualTo(unmeasured);
        assertThat(call("p", "m").latencyMillis(1_000_000).energyBy(set)).isEqualTo(unmeasured);
        assertThat(call("p", "m").latencyMillis(1).energyBy(set)).isPositive().isLessThan(unmeasured);
    }

    /** E = PUE * E_IT; water on site by E_IT, off site by E; carbon by E. One call by hand. */
    @Test
    void aCallIsWhatItsFormulasSay() {
        FactorSet set = lastResort("small-1", Methodology.ECOMIND_1)
                .add(new FactorRow.Parametric(
                        "p",
                        "m",
                        "benchmark",
                        new ModelParameters(Range.of(10), Range.of(20), 50, 0.5),
                        2,
                        Validity.ALWAYS,
                        CITED))
                .build();
        Rating rating = call("p", "m").tokens(1_100, 100, 200).by(set);
        // n = 1, dT = 200 / 50 + 0.5 s, PUE 1.5, WUE 1 + 1.5 * 4 L/kWh, 500 g/kWh.
        double wattHours = 1.1665273170451914e-06 * Math.exp(-0.011205921025579175 * 64) * 10 + 4.052928146734005e-05;
        double decode = 200 * wattHours / 1000 + 4.5 / 3600 * 1.2 / 8 / 64;
        double prefill = (1_000 + 0.05 * 100) * 2 * 10e9 * 850 / (0.45 * 989.4e12) / 3.6e6;
        double server = decode + prefill;
        Amounts amounts = amounts(rating);
        assertThat((double) amounts.nanos(Quantity.ENERGY, Bound.MID)).isCloseTo(1.5e12 * server, within(1.0));
        assertThat((double) amounts.nanos(Quantity.WATER_ONSITE, Bound.MID)).isCloseTo(1e9 * server, within(1.0));
        assertThat((double) amounts.nanos(Quantity.WATER_OFFSITE, Bound.MID)).isCloseTo(6e9 * server, within(1.0));
        assertThat((double) amounts.nanos(Quantity.CARBON_OPERATIONAL, Bound.MID))
                .isCloseTo(0.75e12 * server, within(1.0));
        assertThat((double) amounts.nanos(Quantity.CARBON_EMBODIED, Bound.MID))
                .isCloseTo(1e12 * 4.5 * (5_700 / 8.0 + 273) / (94_608_000.0 * 64), within(1.0));
        assertThat(amounts.has(Quantity.CARBON_MARKET)).isFalse();
        assertThat(rating.factorSet()).isEqualTo("small-1");
        assertThat(rating.basis()).isEqualTo("benchmark");
        assertThat(rating.evidenceTier()).isEqualTo(2);
        assertThat(rating.matched()).isEqualTo("p/m");
    }

    @Test
    void theExplanationEndsInTheRatingAndCitesEveryRow() {
        FactorSet set = lastResort().add(model("p", "m", 8)).build();
        UsageCall call = call("p", "m").make();
        Explanation explained = set.explain(call, OrganisationFactors.NONE);
        assertThat(explained.rating()).isEqualTo(set.rate(call, OrganisationFactors.NONE));
        assertThat(explained.factors())
                .extracting(Explanation.Factor::kind)
                .containsExactly("model", "data_centre", "grid", "water_offsite");
        assertThat(explained.factors())
                .allSatisfy(factor -> assertThat(factor.citation()).isEqualTo(CITED));
    }

    @Test
    void aSetWithoutItsLastResortIsRefused() {
        assertThatThrownBy(() -> new FactorSet.Builder("a", Methodology.ECOMIND_1, "", "why")
                        .add(site("*", "WOR", 1.5, 1))
                        .add(SmallSet.water("WOR", 4))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("WOR must have a row of resolution year");
        assertThatThrownBy(() -> new FactorSet.Builder("a", Methodology.ECOMIND_1, "", "why")
                        .add(site("*", "WOR", 1.5, 1))
                        .add(SmallSet.year("WOR", 2020, 500))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("WOR must have a row of water");
        assertThatThrownBy(() -> new FactorSet.Builder("a", Methodology.ECOMIND_1, "", "why")
                        .add(site("*", "WOR", 1.5, 1, days("2020-01-01", null)))
                        .add(SmallSet.year("WOR", 2020, 500))
                        .add(SmallSet.water("WOR", 4))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("provider * must have a row that is always valid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "-a", ".a", "a b", "a/b", "ä"})
    void impossibleIdsAreRefused(String id) {
        assertThatThrownBy(() -> lastResort(id, Methodology.ECOMIND_1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("id must be 1 to 64");
    }
}
