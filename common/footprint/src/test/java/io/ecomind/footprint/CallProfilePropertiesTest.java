package io.ecomind.footprint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.arbitrary;
import static org.quicktheories.generators.SourceDSL.doubles;
import static org.quicktheories.generators.SourceDSL.longs;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.quicktheories.core.Gen;
import org.quicktheories.core.RandomnessSource;

/** What must hold for every model, data centre, grid and call. */
class CallProfilePropertiesTest {
    private static final Gen<Double> UNIT = doubles().between(0, 1);
    private static final Gen<Methodology> METHODOLOGIES = arbitrary().enumValues(Methodology.class);
    private static final Gen<Boolean> COIN = arbitrary().pick(List.of(true, false));
    private static final Gen<Long> TOKENS = longs().between(0, 20).mix(longs().between(0, 2_000_000), 70);

    /** Everything that an evaluation depends on. */
    private record ProfileCase(
            Methodology methodology,
            ModelParameters model,
            DataCentre site,
            long promptTokens,
            long cachedTokens,
            long generatedTokens,
            long latencyMillis,
            double gramsPerKwh,
            double offsiteLitresPerKwh) {
        CallProfile profile() {
            return new CallProfile(methodology, model, site);
        }

        Workload workload() {
            return new Workload(
                    promptTokens,
                    cachedTokens,
                    generatedTokens,
                    latencyMillis > 0 ? latencyMillis / 1000.0 : Double.POSITIVE_INFINITY);
        }

        Figures figures() {
            var figures = new Figures();
            profile().evaluate(workload(), gramsPerKwh / 1000, offsiteLitresPerKwh, figures);
            return figures;
        }

        ProfileCase with(long prompt, long cached, long generated) {
            return new ProfileCase(
                    methodology,
                    model,
                    site,
                    prompt,
                    cached,
                    generated,
                    latencyMillis,
                    gramsPerKwh,
                    offsiteLitresPerKwh);
        }

        ProfileCase with(Methodology other) {
            return new ProfileCase(
                    other,
                    model,
                    site,
                    promptTokens,
                    cachedTokens,
                    generatedTokens,
                    latencyMillis,
                    gramsPerKwh,
                    offsiteLitresPerKwh);
        }

        ProfileCase with(DataCentre other) {
            return new ProfileCase(
                    methodology,
                    model,
                    other,
                    promptTokens,
                    cachedTokens,
                    generatedTokens,
                    latencyMillis,
                    gramsPerKwh,
                    offsiteLitresPerKwh);
        }

        /** The same call through the search, the rounding and the sums. */
        Rating rating(String modality) {
            FactorSet set = new FactorSet.Builder("random-1", methodology, "", "A test's.")
                    .add(new SetRow.Provider("*", "WOR", site, 2, Validity.ALWAYS, SmallSet.CITED))
                    .add(new FactorRow.Parametric("p", "m", "parametric", model, 2, Validity.ALWAYS, SmallSet.CITED))
                    .add(SmallSet.year("WOR", 2020, gramsPerKwh))
                    .add(SmallSet.water("WOR", offsiteLitresPerKwh))
                    .build();
            return SmallSet.call("p", "m")
                    .modality(modality)
                    .tokens(promptTokens + cachedTokens, cachedTokens, generatedTokens)
                    .latencyMillis(latencyMillis)
                    .by(set);
        }

        Amounts amounts() {
            return SmallSet.amounts(rating("text"));
        }
    }

    private static Gen<ProfileCase> cases() {
        Gen<ProfileCase> cases = CallProfilePropertiesTest::randomCase;
        return cases.describedAs(ProfileCase::toString);
    }

    private static ProfileCase randomCase(RandomnessSource random) {
        double activeMin = billions(random);
        double activeMax = COIN.generate(random) ? activeMin : activeMin * (1 + 4 * UNIT.generate(random));
        double totalMin = Math.min(activeMin * (1 + 9 * UNIT.generate(random)), ModelParameters.MAX_BILLIONS);
        double totalMax = Math.max(totalMin, activeMax) * (1 + UNIT.generate(random));
        double tps = COIN.generate(random) ? 0 : 0.5 + 500 * UNIT.generate(random);
        double ttft = COIN.generate(random) ? 0 : 120 * UNIT.generate(random);
        double pueMin = 1 + UNIT.generate(random);
        double wueMin = 3 * UNIT.generate(random);
        return new ProfileCase(
                METHODOLOGIES.generate(random),
                new ModelParameters(new Range(activeMin, activeMax), new Range(totalMin, totalMax), tps, ttft),
                new DataCentre(
                        new Range(pueMin, pueMin + UNIT.generate(random)),
                        new Range(wueMin, wueMin + 2 * UNIT.generate(random))),
                TOKENS.generate(random),
                TOKENS.generate(random),
                TOKENS.generate(random),
                COIN.generate(random) ? 0 : longs().between(1, 300_000).generate(random),
                1 + 1_500 * UNIT.generate(random),
                20 * UNIT.generate(random));
    }

    /** 0.01 to 2,000, as many small ones as large ones. */
    private static double billions(RandomnessSource random) {
        return 0.01 * StrictMath.pow(200_000, UNIT.generate(random));
    }

    @Test
    void moreTokensOfAnyClassNeverCostLess() {
        qt().withExamples(500).forAll(cases(), longs().between(1, 1_000_000)).checkAssert((one, more) -> {
            for (ProfileCase larger : List.of(
                    one.with(one.promptTokens() + more, one.cachedTokens(), one.generatedTokens()),
                    one.with(one.promptTokens(), one.cachedTokens() + more, one.generatedTokens()),
                    one.with(one.promptTokens(), one.cachedTokens(), one.generatedTokens() + more))) {
                noneIsLess(one.figures(), larger.figures());
                for (Quantity quantity : Quantity.values()) {
                    if (quantity != Quantity.CARBON_MARKET) {
                        for (Bound bound : Bound.values()) {
                            assertThat(larger.amounts().nanos(quantity, bound))
                                    .as("%s %s", quantity, bound)
                                    .isGreaterThanOrEqualTo(one.amounts().nanos(quantity, bound));
                        }
                    }
                }
            }
        });
    }

    private static void noneIsLess(Figures smaller, Figures larger) {
        for (Bound bound : Bound.values()) {
            assertThat(larger.seconds(bound)).isGreaterThanOrEqualTo(smaller.seconds(bound));
            assertThat(larger.decode(bound)).isGreaterThanOrEqualTo(smaller.decode(bound));
            assertThat(larger.prefill(bound)).isGreaterThanOrEqualTo(smaller.prefill(bound));
            assertThat(larger.energy(bound)).isGreaterThanOrEqualTo(smaller.energy(bound));
            assertThat(larger.waterOnsite(bound)).isGreaterThanOrEqualTo(smaller.waterOnsite(bound));
            assertThat(larger.waterOffsite(bound)).isGreaterThanOrEqualTo(smaller.waterOffsite(bound));
            assertThat(larger.operational(bound)).isGreaterThanOrEqualTo(smaller.operational(bound));
            assertThat(larger.embodied(bound)).isGreaterThanOrEqualTo(smaller.embodied(bound));
        }
    }

    @Test
    void aPromptTokenCostsMoreThanACachedOneAndBothCostSomethingInEcomind1() {
        qt().forAll(cases()).checkAssert(any -> {
            ProfileCase one = any.with(Methodology.ECOMIND_1);
            double none = one.with(0, 0, 0).figures().energy(Bound.MID);
            double cached = one.with(0, 1_000, 0).figures().energy(Bound.MID);
            double prompt = one.with(1_000, 0, 0).figures().energy(Bound.MID);
            assertThat(cached).isGreaterThan(none);
            assertThat(prompt).isCloseTo(20 * cached, within(1e-9 * prompt));
        });
    }

    @Test
    void theReferenceCountsNoPrompt() {
        qt().forAll(cases()).checkAssert(any -> {
            ProfileCase one = any.with(Methodology.ECOLOGITS_0_11_2);
            assertThat(one.amounts())
                    .isEqualTo(one.with(0, 0, one.generatedTokens()).amounts());
        });
    }

    @Test
    void lowMidAndHighAreInOrderForEveryComponent() {
        qt().forAll(cases()).checkAssert(one -> {
            Figures f = one.figures();
            for (double[] component : List.of(
                    f.decode,
                    f.prefill,
                    f.server,
                    f.energy,
                    f.waterOnsite,
                    f.waterOffsite,
                    f.operational,
                    f.embodied)) {
                assertThat(component[0]).isNotNegative().isLessThanOrEqualTo(component[1]);
                assertThat(component[1]).isLessThanOrEqualTo(component[2]);
            }
        });
    }

    @Test
    void midOfTheReferenceIsTheMeanOfLowAndHigh() {
        qt().forAll(cases()).checkAssert(any -> {
            Figures f = any.with(Methodology.ECOLOGITS_0_11_2).figures();
            for (double[] component :
                    List.of(f.seconds, f.decode, f.energy, f.waterOnsite, f.operational, f.embodied)) {
                assertThat(component[1]).isEqualTo((component[0] + component[2]) / 2);
            }
        });
    }

    @Test
    void withoutTokensEcomind1KnowsNoFootprint() {
        qt().forAll(cases()).checkAssert(any -> {
            ProfileCase one = any.with(Methodology.ECOMIND_1).with(0, 0, 0);
            Figures f = one.figures();
            for (double[] component : List.of(
                    f.seconds,
                    f.decode,
                    f.prefill,
                    f.server,
                    f.energy,
                    f.waterOnsite,
                    f.waterOffsite,
                    f.operational,
                    f.embodied)) {
                assertThat(component).containsExactly(0, 0, 0);
            }
            Amounts amounts = one.amounts();
            for (Quantity quantity : Quantity.values()) {
                assertThat(amounts.has(quantity)).isEqualTo(quantity != Quantity.CARBON_MARKET);
                if (amounts.has(quantity)) {
                    assertThat(amounts.nanos(quantity, Bound.HIGH)).isZero();
                }
            }
        });
    }

    @Test
    void nothingGeneratedTakesNoTimeInEcomind1() {
        qt().forAll(cases()).checkAssert(any -> {
            ProfileCase one = any.with(Methodology.ECOMIND_1).with(any.promptTokens(), any.cachedTokens(), 0);
            assertThat(one.figures().seconds).containsExactly(0, 0, 0);
            assertThat(one.figures().embodied).containsExactly(0, 0, 0);
        });
    }

    @ParameterizedTest
    @CsvSource({"embedding", "rerank"})
    void callsThatGenerateNothingHaveUnknownEmbodiedCarbon(String modality) {
        qt().withExamples(200).forAll(cases()).checkAssert(one -> {
            Amounts amounts = SmallSet.amounts(one.rating(modality));
            assertThat(amounts.has(Quantity.CARBON_EMBODIED)).isFalse();
            assertThat(amounts.decimal(Quantity.CARBON_EMBODIED, Bound.MID)).isNull();
            for (Bound bound : Bound.values()) {
                assertThat(amounts.nanos(Quantity.CARBON, bound))
                        .isEqualTo(amounts.nanos(Quantity.CARBON_OPERATIONAL, bound));
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"embedding", "rerank"})
    void whatAnEmbeddingClaimsToHaveGeneratedDoesNotCount(String modality) {
        qt().withExamples(200).forAll(cases()).checkAssert(one -> {
            Rating without = one.with(one.promptTokens(), one.cachedTokens(), 0).rating(modality);
            assertThat(one.rating(modality)).isEqualTo(without);
        });
    }

    @Test
    void totalsAreTheSumsOfTheirParts() {
        qt().forAll(cases()).checkAssert(one -> {
            Figures f = one.figures();
            for (int b = 0; b < 3; b++) {
                // In the reference mid is a mean, which is rounded once for each component.
                assertThat(f.server[b]).isCloseTo(f.decode[b] + f.prefill[b], within(Math.ulp(f.server[b])));
            }
            Amounts amounts = one.amounts();
            for (Bound bound : Bound.values()) {
                assertThat(amounts.nanos(Quantity.WATER, bound))
                        .isEqualTo(amounts.nanos(Quantity.WATER_ONSITE, bound)
                                + amounts.nanos(Quantity.WATER_OFFSITE, bound));
                assertThat(amounts.nanos(Quantity.CARBON, bound))
                        .isEqualTo(amounts.nanos(Quantity.CARBON_OPERATIONAL, bound)
                                + amounts.nanos(Quantity.CARBON_EMBODIED, bound));
            }
        });
    }

    @Test
    void energyIsLinearInPue() {
        qt().forAll(cases(), doubles().between(1, 10)).checkAssert((one, pueRatio) -> {
            Range water = one.site().waterLitresPerKwh();
            Figures at1 = one.with(new DataCentre(Range.of(1), water)).figures();
            Figures scaled = one.with(new DataCentre(Range.of(pueRatio), water)).figures();
            for (Bound bound : Bound.values()) {
                closeTo(scaled.energy(bound), pueRatio * at1.energy(bound));
                closeTo(scaled.operational(bound), pueRatio * at1.operational(bound));
                closeTo(scaled.waterOffsite(bound), pueRatio * at1.waterOffsite(bound));
                assertThat(scaled.server(bound)).isEqualTo(at1.server(bound));
                assertThat(scaled.waterOnsite(bound)).isEqualTo(at1.waterOnsite(bound));
                assertThat(scaled.embodied(bound)).isEqualTo(at1.embodied(bound));
            }
        });
    }

    @Test
    void measuredLatencyOnlyCaps() {
        qt().forAll(cases()).checkAssert(one -> {
            var unmeasured = new Workload(
                    one.promptTokens(), one.cachedTokens(), one.generatedTokens(), Double.POSITIVE_INFINITY);
            var free = new Figures();
            one.profile().evaluate(unmeasured, one.gramsPerKwh() / 1000, one.offsiteLitresPerKwh(), free);
            Figures capped = one.figures();
            for (Bound bound : Bound.values()) {
                double cap = one.latencyMillis() > 0 ? one.latencyMillis() / 1000.0 : Double.POSITIVE_INFINITY;
                if (one.methodology() == Methodology.ECOMIND_1) {
                    assertThat(capped.seconds(bound)).isEqualTo(Math.min(free.seconds(bound), cap));
                }
                assertThat(capped.energy(bound)).isLessThanOrEqualTo(free.energy(bound));
                assertThat(capped.prefill(bound)).isEqualTo(free.prefill(bound));
            }
        });
    }

    /** Mid of ecomind-1 assumes the reference's batch; with figures instead of ranges and no input both are one. */
    @Test
    void theReferenceIsAProjectionOfEcomind1() {
        qt().forAll(cases()).checkAssert(any -> {
            var point = new ModelParameters(
                    Range.of(any.model().activeBillions().min()),
                    Range.of(any.model().totalBillions().min()),
                    any.model().tokensPerSecond(),
                    any.model().timeToFirstTokenSeconds());
            var site = new DataCentre(
                    Range.of(any.site().pueRatio().min()),
                    Range.of(any.site().waterLitresPerKwh().min()));
            var one = new ProfileCase(
                    Methodology.ECOMIND_1,
                    point,
                    site,
                    0,
                    0,
                    Math.max(1, any.generatedTokens()),
                    any.latencyMillis(),
                    any.gramsPerKwh(),
                    any.offsiteLitresPerKwh());
            Figures ours = one.figures();
            Figures reference = one.with(Methodology.ECOLOGITS_0_11_2).figures();
            assertThat(ours.seconds[1]).isEqualTo(reference.seconds[1]);
            assertThat(ours.energy[1]).isEqualTo(reference.energy[1]);
            assertThat(ours.waterOnsite[1]).isEqualTo(reference.waterOnsite[1]);
            assertThat(ours.waterOffsite[1]).isEqualTo(reference.waterOffsite[1]);
            assertThat(ours.operational[1]).isEqualTo(reference.operational[1]);
            assertThat(ours.embodied[1]).isEqualTo(reference.embodied[1]);
        });
    }

    @Test
    void repeatedEvaluationIsEqualToTheBit() {
        qt().forAll(cases()).checkAssert(one -> {
            var again = new Figures();
            CallProfile profile = one.profile();
            for (int i = 0; i < 3; i++) {
                profile.evaluate(one.workload(), one.gramsPerKwh() / 1000, one.offsiteLitresPerKwh(), again);
            }
            Figures first = one.figures();
            assertThat(again.energy).isEqualTo(first.energy);
            assertThat(again.waterOnsite).isEqualTo(first.waterOnsite);
            assertThat(again.waterOffsite).isEqualTo(first.waterOffsite);
            assertThat(again.operational).isEqualTo(first.operational);
            assertThat(again.embodied).isEqualTo(first.embodied);
            assertThat(one.rating("text")).isEqualTo(one.rating("text"));
        });
    }

    @Test
    void theStepsEndInTheFiguresOfTheEvaluation() {
        qt().withExamples(200).forAll(cases()).checkAssert(one -> {
            Figures f = one.figures();
            List<Step> steps = one.profile().steps(one.workload(), one.gramsPerKwh() / 1000, one.offsiteLitresPerKwh());
            for (Step step : steps) {
                double[] expected = switch (step.symbol()) {
                    case "E" -> f.energy;
                    case "water_on" -> f.waterOnsite;
                    case "water_off" -> f.waterOffsite;
                    case "co2_operational" -> f.operational;
                    case "co2_embodied" -> f.embodied;
                    default -> new double[] {step.low(), step.mid(), step.high()};
                };
                assertThat(new double[] {step.low(), step.mid(), step.high()}).isEqualTo(expected);
            }
            assertThat(steps).extracting(Step::symbol).contains("E", "water_on", "co2_operational", "co2_embodied");
        });
    }

    @ParameterizedTest
    @EnumSource(Methodology.class)
    void aCallBeyondALongOfNanoUnitsIsUncovered(Methodology methodology) {
        FactorSet set = SmallSet.lastResort("small-1", methodology)
                .add(SmallSet.model("p", "m", 1_000))
                .build();
        Rating rating = SmallSet.call("p", "m").tokens(0, Long.MAX_VALUE).by(set);
        assertThat(rating.amounts()).isNull();
        assertThat(rating.match()).isEqualTo(Rating.Match.NONE);
        assertThat(rating.matched()).isEqualTo("p/m");
        assertThat(rating.evidenceTier()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0.1, 1", "33, 1", "33.3, 1", "33.4, 2", "66, 2", "67, 4", "70, 4", "405, 16", "671, 32", "100000, 4096"
    })
    void gpusAreThePowerOfTwoThatHoldsTheModel(double billions, double gpus) {
        assertThat(Hardware.gpus(billions)).isEqualTo(gpus);
    }

    private static void closeTo(double actual, double expected) {
        assertThat(actual).isCloseTo(expected, within(1e-14 * expected + Double.MIN_VALUE));
    }
}
