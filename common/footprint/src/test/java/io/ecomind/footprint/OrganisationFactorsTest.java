package io.ecomind.footprint;

import static io.ecomind.footprint.SmallSet.amounts;
import static io.ecomind.footprint.SmallSet.call;
import static io.ecomind.footprint.SmallSet.days;
import static io.ecomind.footprint.SmallSet.flat;
import static io.ecomind.footprint.SmallSet.lastResort;
import static io.ecomind.footprint.SmallSet.micros;
import static io.ecomind.footprint.SmallSet.model;
import static io.ecomind.footprint.SmallSet.nanos;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.footprint.OrganisationFactors.Contract;
import io.ecomind.footprint.OrganisationFactors.FactorOverride;
import io.ecomind.footprint.OrganisationFactors.Span;
import io.ecomind.footprint.Rating.Match;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrganisationFactorsTest {
    private static final Span ALWAYS = new Span(0, Long.MAX_VALUE, Validity.ALWAYS);

    private static final FactorSet SET = lastResort()
            .add(model("openai", "gpt-x", 100))
            .add(SmallSet.site("openai", "USA", 1.2, 0.5))
            .add(SmallSet.year("USA", 2020, 380))
            .add(SmallSet.month("US-CA", "2026-06", 220))
            .add(SmallSet.year("FRA", 2020, 40))
            .add(SmallSet.region("us-west-1", "US-CA", "USA"))
            .add(SmallSet.region("us-east-1", "US-VA", "USA"))
            .build();

    private static OrganisationFactors overrides(FactorOverride... own) {
        return new OrganisationFactors(List.of(own), List.of());
    }

    private static OrganisationFactors contracts(Contract... contracts) {
        return new OrganisationFactors(List.of(), List.of(contracts));
    }

    private static Contract contract(String id, String provider, String zone, double kgPerKwh) {
        return new Contract(id, ALWAYS, provider, zone, kgPerKwh, "a contract");
    }

    @Test
    void anOverridePerCallGoesBeforeTheSet() {
        Rating rating = call("openai", "gpt-x")
                .by(SET, overrides(new FactorOverride("own-1", ALWAYS, flat("OpenAI", "GPT_X", "per_call", 0.004))));
        assertThat(rating.match()).isEqualTo(Match.OVERRIDE);
        assertThat(rating.factorSet()).isEqualTo("small-1+own-1");
        assertThat(rating.basis()).isEqualTo("per_call");
        assertThat(nanos(rating, Quantity.ENERGY)).isEqualTo(5_000_000_000L);
    }

    @Test
    void anOverrideOfParametersIsRatedByTheFormulasInTheProvidersDataCentre() {
        OrganisationFactors own = overrides(new FactorOverride("own-1", ALWAYS, model("openai", "gpt-x", 8)));
        Rating rating = call("openai", "gpt-x").by(SET, own);
        FactorSet with8 = lastResort()
                .add(model("openai", "gpt-x", 8))
                .add(SmallSet.site("openai", "USA", 1.2, 0.5))
                .add(SmallSet.year("USA", 2020, 380))
                .build();
        assertThat(rating.match()).isEqualTo(Match.OVERRIDE);
        assertThat(rating.amounts()).isEqualTo(call("openai", "gpt-x").by(with8).amounts());
    }

    @Test
    void anOverrideRatesAModelThatNoSetKnows() {
        OrganisationFactors own = overrides(new FactorOverride("own-1", ALWAYS, model("inhouse", "llm", 8)));
        assertThat(call("inhouse", "llm").by(SET, own).match()).isEqualTo(Match.OVERRIDE);
        assertThat(call("inhouse", "llm").by(SET).match()).isEqualTo(Match.NONE);
        assertThat(call("inhouse", "llm-2").by(SET, own).match()).isEqualTo(Match.NONE);
        assertThat(call("outhouse", "llm").by(SET, own).match()).isEqualTo(Match.NONE);
    }

    @Test
    void anOverrideOfAllModelsComesAfterThatOfTheModel() {
        OrganisationFactors own = overrides(
                new FactorOverride(
                        "newer-all", new Span(5, Long.MAX_VALUE, Validity.ALWAYS), flat("openai", "*", "per_call", 1)),
                new FactorOverride("older-one", ALWAYS, flat("openai", "gpt-x", "per_call", 0.004)));
        assertThat(call("openai", "gpt-x").by(SET, own).factorSet()).isEqualTo("small-1+older-one");
        assertThat(call("openai", "gpt-y").by(SET, own).factorSet()).isEqualTo("small-1+newer-all");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-02-28T23:59:59.999999Z, small-1",
        "2026-03-01T00:00:00Z, small-1+own-1",
        "2026-03-31T23:59:59.999999Z, small-1+own-1",
        "2026-04-01T00:00:00Z, small-1"
    })
    void anOverrideRatesWhatIsReceivedWhileItIsActive(String receivedAt, String label) {
        var span = new Span(micros("2026-03-01"), micros("2026-04-01"), Validity.ALWAYS);
        OrganisationFactors own =
                overrides(new FactorOverride("own-1", span, flat("openai", "gpt-x", "per_call", 0.004)));
        Rating rating =
                call("openai", "gpt-x").at("2020-01-01").receivedAt(receivedAt).by(SET, own);
        assertThat(rating.factorSet()).isEqualTo(label);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-02-28T23:59:59.999999Z, small-1",
        "2026-03-01T00:00:00Z, small-1+own-1",
        "2026-03-31T23:59:59.999999Z, small-1+own-1",
        "2026-04-01T00:00:00Z, small-1"
    })
    void anOverrideRatesWhatHappensWhileItIsValid(String moment, String label) {
        var span = new Span(0, Long.MAX_VALUE, days("2026-03-01", "2026-04-01"));
        OrganisationFactors own =
                overrides(new FactorOverride("own-1", span, flat("openai", "gpt-x", "per_call", 0.004)));
        assertThat(call("openai", "gpt-x").at(moment).by(SET, own).factorSet()).isEqualTo(label);
    }

    @Test
    void ofSeveralOverridesTheNewestWinsAndAnOlderOneStandsInForIt() {
        FactorOverride old = new FactorOverride("old", ALWAYS, flat("openai", "gpt-x", "per_call", 1));
        FactorOverride young = new FactorOverride(
                "young",
                new Span(micros("2026-03-01"), micros("2026-04-01"), Validity.ALWAYS),
                flat("openai", "gpt-x", "per_call", 2));
        for (OrganisationFactors own : List.of(overrides(old, young), overrides(young, old))) {
            assertThat(call("openai", "gpt-x")
                            .receivedAt("2026-02-01")
                            .by(SET, own)
                            .factorSet())
                    .isEqualTo("small-1+old");
            assertThat(call("openai", "gpt-x")
                            .receivedAt("2026-03-15")
                            .by(SET, own)
                            .factorSet())
                    .isEqualTo("small-1+young");
            assertThat(call("openai", "gpt-x")
                            .receivedAt("2026-04-01")
                            .by(SET, own)
                            .factorSet())
                    .isEqualTo("small-1+old");
        }
    }

    @Test
    void anotherOrganisationsOverrideNeverRates() {
        OrganisationFactors one =
                overrides(new FactorOverride("own-1", ALWAYS, flat("openai", "gpt-x", "per_call", 1)));
        OrganisationFactors other =
                overrides(new FactorOverride("own-1", ALWAYS, flat("openai", "gpt-x", "per_call", 2)));
        for (int i = 0; i < 3; i++) {
            assertThat(nanos(call("openai", "gpt-x").by(SET, one), Quantity.ENERGY))
                    .isEqualTo(1_250_000_000_000L);
            assertThat(nanos(call("openai", "gpt-x").by(SET, other), Quantity.ENERGY))
                    .isEqualTo(2_500_000_000_000L);
            assertThat(call("openai", "gpt-x").by(SET).match()).isEqualTo(Match.EXACT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"image", "audio", "video"})
    void anOverrideOfParametersSaysNothingOfMediaWithoutTokens(String modality) {
        OrganisationFactors parameters = overrides(new FactorOverride("own-1", ALWAYS, model("openai", "painter", 8)));
        assertThat(call("openai", "painter").modality(modality).tokens(0, 0).by(SET, parameters))
                .isEqualTo(Rating.uncovered("small-1"));
        assertThat(call("openai", "painter")
                        .modality(modality)
                        .tokens(5, 0)
                        .by(SET, parameters)
                        .match())
                .isEqualTo(Match.OVERRIDE);
        OrganisationFactors perCall =
                overrides(new FactorOverride("own-1", ALWAYS, flat("openai", "*", "per_call", 1)));
        assertThat(call("openai", "painter")
                        .modality(modality)
                        .tokens(0, 0)
                        .by(SET, perCall)
                        .match())
                .isEqualTo(Match.OVERRIDE);
    }

    @Test
    void withoutAContractMarketBasedCarbonIsUnknown() {
        assertThat(amounts(call("openai", "gpt-x").by(SET)).has(Quantity.CARBON_MARKET))
                .isFalse();
    }

    @Test
    void aContractGivesMarketBasedCarbonBesideLocationBased() {
        Rating without = call("openai", "gpt-x").in("us-east-1").by(SET);
        Rating with = call("openai", "gpt-x").in("us-east-1").by(SET, contracts(contract("c", "", "", 0.1)));
        for (Quantity quantity : Quantity.values()) {
            if (quantity != Quantity.CARBON_MARKET) {
                for (Bound bound : Bound.values()) {
                    assertThat(amounts(with).nanos(quantity, bound))
                            .isEqualTo(amounts(without).nanos(quantity, bound));
                }
            }
        }
        double market = nanos(with, Quantity.CARBON_MARKET);
        assertThat(market / nanos(with, Quantity.ENERGY)).isBetween(0.0999, 0.1001);
        assertThat(with.factorSet()).isEqualTo("small-1");
    }

    @Test
    void aContractOfNothingButRenewablesIsZeroAndKnown() {
        Rating rating = call("openai", "gpt-x").by(SET, contracts(contract("c", "openai", "USA", 0)));
        assertThat(nanos(rating, Quantity.CARBON_MARKET)).isZero();
        assertThat(nanos(rating, Quantity.CARBON_OPERATIONAL)).isPositive();
    }

    @Test
    void aContractAlsoGoesWithAFlatFactor() {
        OrganisationFactors own = new OrganisationFactors(
                List.of(new FactorOverride("own-1", ALWAYS, flat("openai", "gpt-x", "per_call", 0.004))),
                List.of(contract("c", "", "FRA", 0.1)));
        assertThat(nanos(call("openai", "gpt-x").in("FR").by(SET, own), Quantity.CARBON_MARKET))
                .isEqualTo(500_000_000L);
        assertThat(amounts(call("openai", "gpt-x").in("US").by(SET, own)).has(Quantity.CARBON_MARKET))
                .isFalse();
    }

    @Test
    void theMostSpecificContractGoesFirst() {
        Contract both = contract("both", "openai", "USA", 0.1);
        Contract provider = contract("provider", "openai", "", 0.2);
        Contract zone = contract("zone", "", "USA", 0.3);
        Contract all = contract("all", "", "", 0.4);
        assertThat(chosen(all, zone, provider, both)).isEqualTo("both");
        assertThat(chosen(all, zone, provider)).isEqualTo("provider");
        assertThat(chosen(all, zone)).isEqualTo("zone");
        assertThat(chosen(all)).isEqualTo("all");
        assertThat(chosen(contract("other", "anthropic", "", 0.1), contract("fr", "", "FRA", 0.1)))
                .isEmpty();
    }

    @Test
    void ofEquallySpecificContractsTheNewestGoesFirst() {
        Contract old = contract("z-old", "", "", 0.1);
        Contract young = new Contract("a-young", new Span(5, Long.MAX_VALUE, Validity.ALWAYS), "", "", 0.2, "s");
        assertThat(chosen(old, young)).isEqualTo("a-young");
        assertThat(chosen(young, old)).isEqualTo("a-young");
    }

    @Test
    void aContractCountsWhileItIsActiveAndValid() {
        var span = new Span(micros("2026-01-01"), micros("2026-12-01"), days("2026-06-15", "2026-06-16"));
        OrganisationFactors own = contracts(new Contract("c", span, "", "", 0.1, "s"));
        assertThat(hasMarket(call("openai", "gpt-x").by(SET, own))).isTrue();
        assertThat(hasMarket(call("openai", "gpt-x").at("2026-06-16").by(SET, own)))
                .isFalse();
        assertThat(hasMarket(call("openai", "gpt-x").at("2026-06-14T23:59:59Z").by(SET, own)))
                .isFalse();
        assertThat(hasMarket(call("openai", "gpt-x").receivedAt("2026-12-01").by(SET, own)))
                .isFalse();
        assertThat(hasMarket(call("openai", "gpt-x").receivedAt("2025-12-31").by(SET, own)))
                .isFalse();
    }

    /** The grid's figure may be of the region's zone or of its country; the power was bought for either. */
    @ParameterizedTest
    @CsvSource({
        "us-west-1, 2026-06-15, us-west-1, true",
        "us-west-1, 2026-06-15, US-CA, true",
        "us-west-1, 2026-06-15, USA, true",
        "us-west-1, 2026-07-15, US-CA, true",
        "us-west-1, 2026-07-15, USA, true",
        "us-west-1, 2026-07-15, US-VA, false",
        "us-west-1, 2026-07-15, FRA, false",
        "US_WEST_1, 2026-07-15, us-ca, true",
        "us-east-1, 2026-07-15, US-CA, false",
        "'', 2026-07-15, USA, true",
        "UNKNOWN, 2026-07-15, FRA, false"
    })
    void aContractOfAZoneGoesWithTheRegionsInIt(String region, String day, String zone, boolean applies) {
        OrganisationFactors own = contracts(contract("c", "", zone, 0.1));
        assertThat(hasMarket(call("openai", "gpt-x").in(region).at(day).by(SET, own)))
                .isEqualTo(applies);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.001, 10.001, Double.NaN})
    void anImpossibleContractIsRefused(double kgPerKwh) {
        assertThatThrownBy(() -> contract("c", "", "", kgPerKwh))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kg_per_kwh must be 0 to 10");
    }

    private static boolean hasMarket(Rating rating) {
        return amounts(rating).has(Quantity.CARBON_MARKET);
    }

    private static String chosen(Contract... contracts) {
        Explanation explained = SET.explain(call("openai", "gpt-x").make(), contracts(contracts));
        return explained.factors().stream()
                .filter(factor -> factor.kind().equals("contract"))
                .map(Explanation.Factor::name)
                .findFirst()
                .orElse("");
    }
}
