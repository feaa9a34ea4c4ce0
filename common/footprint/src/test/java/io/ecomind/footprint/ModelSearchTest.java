package io.ecomind.footprint;

import static io.ecomind.footprint.SmallSet.alias;
import static io.ecomind.footprint.SmallSet.call;
import static io.ecomind.footprint.SmallSet.lastResort;
import static io.ecomind.footprint.SmallSet.model;
import static io.ecomind.footprint.SmallSet.modelClass;
import static io.ecomind.footprint.SmallSet.prefix;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.footprint.Rating.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which row a model's name finds. */
class ModelSearchTest {
    private static final OrganisationFactors OWN = new OrganisationFactors(
            List.of(new OrganisationFactors.FactorOverride(
                    "own-1",
                    new OrganisationFactors.Span(0, Long.MAX_VALUE, Validity.ALWAYS),
                    model("openai", "gpt-x-20250101", 1))),
            List.of());

    /** Each step finds the name; the first that is there wins. */
    @Test
    void stepsAreTriedInOrder() {
        List<UnaryOperator<FactorSet.Builder>> steps = List.of(
                set -> set.add(model("openai", "gpt-x-20250101", 2)),
                set -> set.add(model("openai", "other", 3)).add(alias("*", "gpt-x-20250101", "openai", "other")),
                set -> set.add(model("openai", "gpt-x", 4)),
                set -> set.add(modelClass("gpt", "*", "gpt", 5)),
                set -> set.add(modelClass("openai-any", "openai", "*", 6)));
        List<String> found = new ArrayList<>();
        List<String> withOwn = new ArrayList<>();
        for (int first = 0; first <= steps.size(); first++) {
            FactorSet.Builder builder = lastResort();
            for (UnaryOperator<FactorSet.Builder> step : steps.subList(first, steps.size())) {
                builder = step.apply(builder);
            }
            FactorSet set = builder.build();
            Rating rating = call("openai", "gpt-x-20250101").by(set);
            found.add(rating.match() + " " + rating.matched());
            withOwn.add(call("openai", "gpt-x-20250101").by(set, OWN).match().id());
        }
        assertThat(found)
                .containsExactly(
                        "EXACT openai/gpt-x-20250101",
                        "ALIAS openai/other",
                        "FAMILY openai/gpt-x",
                        "CLASS */gpt",
                        "PROVIDER openai/openai-any",
                        "NONE ");
        assertThat(withOwn).containsOnly("override");
    }

    @Test
    void whatNoRowStandsForIsUncoveredAndHasNoAmounts() {
        FactorSet set = lastResort().add(model("openai", "gpt-x", 4)).build();
        assertThat(call("nobody", "nothing").by(set)).isEqualTo(Rating.uncovered("small-1"));
        Explanation explained = set.explain(call("nobody", "nothing").make(), OrganisationFactors.NONE);
        assertThat(explained.rating()).isEqualTo(Rating.uncovered("small-1"));
        assertThat(explained.factors()).isEmpty();
        assertThat(explained.steps()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"OpenAI", " openai ", "OPENAI"})
    void caseUnderscoreAndPointDoNotMatter(String provider) {
        FactorSet set = lastResort().add(model("openai", "GPT-4.1_mini", 4)).build();
        for (String name : List.of("gpt-4.1-mini", "GPT-4-1-MINI", "gpt_4_1_mini", "gpt.4.1.mini", " gpt-4.1-mini ")) {
            assertThat(call(provider, name).by(set).match()).as(name).isEqualTo(Match.EXACT);
        }
        assertThat(call(provider, "gpt-41-mini").by(set).match()).isEqualTo(Match.NONE);
        assertThat(call(provider, "gpt-4.1 mini").by(set).match()).isEqualTo(Match.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "mini-2, CLASS",
        "mini, CLASS",
        "mini:free, CLASS",
        "mini@2, CLASS",
        "mini.2, CLASS",
        "gemini, NONE",
        "gemini-2, NONE",
        "minimax, NONE",
        "minimax-m2, NONE",
        "a-mini, NONE",
        "gpt-4-mini, NONE"
    })
    void aPatternIsABeginningUpToASeparator(String name, Match match) {
        FactorSet set = lastResort().add(modelClass("mini", "*", "mini", 4)).build();
        assertThat(call("any", name).by(set).match()).isEqualTo(match);
    }

    @Test
    void theLongestPatternWinsAndTheProvidersBeforeAny() {
        FactorSet set = lastResort()
                .add(modelClass("short", "*", "gpt", 1))
                .add(modelClass("long", "*", "gpt-5", 2))
                .add(modelClass("longer", "*", "gpt-5-mini", 3))
                .add(modelClass("own", "openai", "gpt-5", 4))
                .build();
        assertThat(call("other", "gpt-5-mini-high").by(set).matched()).isEqualTo("*/longer");
        assertThat(call("other", "gpt-5-large").by(set).matched()).isEqualTo("*/long");
        assertThat(call("openai", "gpt-5-large").by(set).matched()).isEqualTo("openai/own");
        assertThat(call("openai", "gpt-6").by(set).matched()).isEqualTo("*/short");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-20250805",
                "-250805",
                "-2024-11-20",
                "-11-20",
                "-08-2025",
                "-0613",
                "-2411",
                "-001",
                "@20250805",
                "@001",
                "-32k",
                "-v1:0",
                "-v2:1",
                "-20250805-v1:0",
                "-20241022-v2",
                "-v1",
                "-v0.2",
                ":0",
                "-latest",
                "-preview",
                "-preview-05-06",
                "-preview-09-2025",
                "-exp-0827",
                "-beta",
                ":free",
                ":thinking",
                "-instruct",
                "-instruct-v0.1",
                "-chat-hf",
                "-it",
                "-base",
                "-fp8",
                "-instruct-awq",
                ":nitro"
            })
    void datesVersionsAndWaysOfServingAreOneFamily(String suffix) {
        FactorSet set = lastResort().add(model("acme", "rocket-3.5", 4)).build();
        Rating rating = call("acme", "rocket-3.5" + suffix).by(set);
        assertThat(rating.match()).isEqualTo(Match.FAMILY);
        assertThat(rating.matched()).isEqualTo("acme/rocket-3.5");
        FactorSet dated =
                lastResort().add(model("acme", "rocket-3.5" + suffix, 4)).build();
        assertThat(call("acme", "rocket-3.5").by(dated).match()).isEqualTo(Match.FAMILY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-mini",
                "-nano",
                "-pro",
                "-flash",
                "-flash-lite",
                "-large",
                "-small",
                "-turbo",
                "-air",
                "-max",
                "-plus",
                "-v2",
                "-v3",
                "-v3.1",
                "-v4-pro",
                "-2",
                "-1.5",
                "-1-5",
                "-540",
                "-130",
                "-1776",
                "-7000",
                "-99",
                "x",
                "5",
                "-mini-2025-08-07",
                "-mini-latest",
                "-distill-qwen",
                "-r1"
            })
    void whatMayTellSizesApartIsAnotherModel(String suffix) {
        FactorSet set = lastResort().add(model("acme", "rocket-3.5", 4)).build();
        assertThat(call("acme", "rocket-3.5" + suffix).by(set).match()).isEqualTo(Match.NONE);
        FactorSet other =
                lastResort().add(model("acme", "rocket-3.5" + suffix, 4)).build();
        assertThat(call("acme", "rocket-3.5").by(other).match()).isEqualTo(Match.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"o1-mini", "o1-mini-2024-09-12", "azure/o1-mini", "openai/o1-mini", "O1_mini"})
    void o1MiniIsNeverO1(String name) {
        FactorSet set = lastResort()
                .add(model("openai", "o1", 300))
                .add(model("openai", "o1-2024-12-17", 300))
                .add(prefix("azure/", ""))
                .build();
        assertThat(call("openai", name).by(set).match()).isEqualTo(Match.NONE);
        assertThat(call("openai", "o1-preview-2024-09-12").by(set).matched()).isEqualTo("openai/o1");
    }

    @Test
    void ofSeveralDatesTheNewestStandsForTheFamily() {
        FactorSet set = lastResort()
                .add(model("acme", "rocket-2025-03-01", 1))
                .add(model("acme", "rocket-2025-09-01", 2))
                .add(model("acme", "rocket-2024-12-31", 3))
                .build();
        assertThat(call("acme", "rocket").by(set).matched()).isEqualTo("acme/rocket-2025-09-01");
        assertThat(call("acme", "rocket-2026-01-01").by(set).matched()).isEqualTo("acme/rocket-2025-09-01");
        assertThat(call("acme", "rocket-2024-12-31").by(set).match()).isEqualTo(Match.EXACT);
    }

    @Test
    void aliasesOfProvidersCount() {
        FactorSet set = lastResort()
                .add(new SetRow.ProviderAlias("Google_Vertex", "google-genai", SmallSet.CITED))
                .add(model("google-genai", "gemini-x", 4))
                .build();
        assertThat(call("google.vertex", "gemini-x").by(set).match()).isEqualTo(Match.EXACT);
        assertThat(call("google", "gemini-x").by(set).match()).isEqualTo(Match.ALIAS);
    }

    @ParameterizedTest
    @CsvSource({
        "azure, azure/gpt-x, ALIAS, openai/gpt-x",
        "azure, AZURE/eu/gpt-x, ALIAS, openai/gpt-x",
        "openrouter, openrouter/openai/gpt-x, ALIAS, openai/gpt-x",
        "openrouter, openai/gpt-x-2026-01-01:free, FAMILY, openai/gpt-x",
        "bedrock, us.anthropic.claude-z-20250805-v1:0, FAMILY, anthropic/claude-z",
        "bedrock, anthropic.claude-z, ALIAS, anthropic/claude-z",
        "bedrock, us.claude-z, ALIAS, anthropic/claude-z",
        "vertex, publishers/anthropic/models/claude-z@20250805, FAMILY, anthropic/claude-z",
        "unknown, some/deep/path/gpt-x, ALIAS, openai/gpt-x",
        "unknown, gpt-x, ALIAS, openai/gpt-x",
        "bedrock, anthropic.unheard-of, PROVIDER, anthropic/anthropic-any",
        "bedrock, unheard-of, NONE, ''",
        "bedrock, useful.claude-z, NONE, ''"
    })
    void whatStandsBeforeANameIsTakenOff(String provider, String name, Match match, String matched) {
        FactorSet set = lastResort()
                .add(model("openai", "gpt-x", 4))
                .add(model("anthropic", "claude-z", 4))
                .add(modelClass("anthropic-any", "anthropic", "*", 6))
                .add(prefix("azure/", ""))
                .add(prefix("eu/", ""))
                .add(prefix("us.", ""))
                .add(prefix("openrouter/", ""))
                .add(prefix("openai/", "openai"))
                .add(prefix("anthropic.", "anthropic"))
                .build();
        Rating rating = call(provider, name).by(set);
        assertThat(rating.match()).isEqualTo(match);
        assertThat(rating.matched()).isEqualTo(matched);
    }

    @Test
    void theNamedOwnersModelGoesBeforeAnotherOfTheSameName() {
        FactorSet set = lastResort()
                .add(model("first", "large", 1))
                .add(model("second", "large", 2))
                .add(prefix("second/", "second"))
                .build();
        assertThat(call("host", "second/large").by(set).matched()).isEqualTo("second/large");
        assertThat(call("host", "large").by(set).matched()).isEqualTo("first/large");
    }

    @Test
    void theProvidersAliasGoesBeforeEverybodysAlias() {
        FactorSet set = lastResort()
                .add(model("p", "small", 1))
                .add(model("p", "large", 2))
                .add(alias("*", "best", "p", "small"))
                .add(alias("q", "best", "p", "large"))
                .build();
        assertThat(call("q", "best").by(set).matched()).isEqualTo("p/large");
        assertThat(call("r", "best").by(set).matched()).isEqualTo("p/small");
    }

    @ParameterizedTest
    @CsvSource({
        "acme-8b, 8b, 8, 8, 8, 8",
        "Acme-8B-Instruct, 8b, 8, 8, 8, 8",
        "acme_8b_chat, 8b, 8, 8, 8, 8",
        "org/acme-8b:free, 8b, 8, 8, 8, 8",
        "acme:8b, 8b, 8, 8, 8, 8",
        "llama-3.1-8b, 8b, 8, 8, 8, 8",
        "llama3-1-8b-instruct-v1:0, 8b, 8, 8, 8, 8",
        "acme-0.5b, 0.5b, 0.5, 0.5, 0.5, 0.5",
        "acme-1.5b-it, 1.5b, 1.5, 1.5, 1.5, 1.5",
        "acme-1p5b, 1p5b, 1.5, 1.5, 1.5, 1.5",
        "acme-70b.gguf, 70b, 70, 70, 70, 70",
        "qwen-235b-a22b-2507, 235b-a22b, 22, 22, 235, 235",
        "acme-30b-a3b, 30b-a3b, 3, 3, 30, 30",
        "acme-80b-a3.5b, 80b-a3.5b, 3.5, 3.5, 80, 80",
        "acme-405b, 405b, 40.5, 405, 405, 405",
        "mixtral-8x7b, 8x7b, 11.9, 14, 44.8, 56",
        "wizard-2-8x22b, 8x22b, 37.4, 44, 140.8, 176",
        "deepseek-r1-distill-llama-8b, 8b, 8, 8, 8, 8"
    })
    void theNameStatesTheSize(
            String name, String label, double activeMin, double activeMax, double totalMin, double totalMax) {
        FactorSet set =
                lastResort().add(modelClass("big", "*", "deepseek-r1", 671)).build();
        Explanation explained = set.explain(call("host", name).make(), OrganisationFactors.NONE);
        assertThat(explained.rating().match()).isEqualTo(Match.CLASS);
        assertThat(explained.rating().matched()).isEqualTo("host/size-" + label);
        Step active = step(explained, "P_act");
        Step total = step(explained, "P_tot");
        assertThat(new double[] {active.low(), active.high(), total.low(), total.high()})
                .containsExactly(
                        new double[] {activeMin, activeMax, totalMin, totalMax},
                        org.assertj.core.data.Offset.offset(1e-9));
    }

    private static Step step(Explanation explained, String symbol) {
        return explained.steps().stream()
                .filter(step -> step.symbol().equals(symbol))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "acme-17b-16e",
                "llama-4-scout-17b-16e-instruct",
                "llama-4-maverick-17b-128e-instruct-fp8",
                "acme-e4b",
                "acme-86m",
                "acme8b",
                "acme-8bit",
                "acme-4bx",
                "acme-0b",
                "acme-0x7b",
                "acme-8b-a22b",
                "acme-999999b",
                "acme-1000000000b",
                "acme-7",
                "b",
                "-b"
            })
    void anythingElseStatesNoSize(String name) {
        FactorSet set = lastResort().build();
        assertThat(call("host", name).by(set).match()).isEqualTo(Match.NONE);
    }

    @Test
    void namesFullOfDigitsAreUncoveredAndNoError() {
        FactorSet set = lastResort().build();
        String digits = "9".repeat(400);
        for (String name : List.of(
                digits + "b",
                "0x" + digits + "b",
                digits + "x0b",
                "a-" + digits + "x" + digits + "b",
                digits + "b-a1b")) {
            assertThat(call("host", name).by(set).match()).isEqualTo(Match.NONE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "/", "//", "-", ":", "*", "\n", "\uD83D", "İ", "a/", "us."})
    void oddNamesAreUncoveredAndNoError(String name) {
        FactorSet set = lastResort().add(prefix("us.", "")).build();
        assertThat(call("host", name).by(set).match()).isEqualTo(Match.NONE);
        assertThat(call(name, "model").by(set).match()).isEqualTo(Match.NONE);
    }

    @Test
    void anEmptyModelIsRatedAsOneOfTheProviders() {
        FactorSet set = lastResort().add(modelClass("any", "openai", "*", 6)).build();
        assertThat(call("openai", "").by(set).match()).isEqualTo(Match.PROVIDER);
        assertThat(call("other", "").by(set).match()).isEqualTo(Match.NONE);
    }

    /** Both pairs of names read "openai, x, gpt-x" when they are joined. */
    @Test
    void aNameWithALineBreakIsNotTakenForAnother() {
        FactorSet set = lastResort().add(model("openai", "gpt-x", 4)).build();
        assertThat(call("host\nx", "gpt-x").by(set).match()).isEqualTo(Match.ALIAS);
        assertThat(call("host", "x\ngpt-x").by(set).match()).isEqualTo(Match.NONE);
    }

    @Test
    void manyInventedNamesDoNotChangeWhatIsFound() {
        FactorSet set = lastResort().add(model("openai", "gpt-x", 4)).build();
        Rating before = call("openai", "gpt-x").by(set);
        for (int i = 0; i < 50_000; i++) {
            assertThat(call("openai", "invented-" + i + "-x").by(set).match()).isEqualTo(Match.NONE);
        }
        assertThat(call("openai", "gpt-x").by(set)).isEqualTo(before);
    }

    @Test
    void severalThreadsFindTheSame() throws Exception {
        FactorSet set = lastResort()
                .add(model("openai", "gpt-x", 4))
                .add(modelClass("gpt", "*", "gpt", 5))
                .add(SmallSet.year("USA", 2020, 300))
                .build();
        List<String> regions = List.of("", "US", "USA", "us-ca", "nowhere");
        Callable<List<Rating>> work = () -> {
            List<Rating> found = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                found.add(call("openai", "gpt-" + (char) ('a' + i % 26) + "-" + i % 700)
                        .in(regions.get(i % regions.size()))
                        .by(set, OWN));
            }
            return found;
        };
        var threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<Rating>>> all = threads.invokeAll(List.of(work, work, work, work));
            for (Future<List<Rating>> one : all) {
                assertThat(one.get()).isEqualTo(all.get(0).get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void contradictoryRowsAreRefusedByTheBuilder() {
        assertThatThrownBy(() -> lastResort().add(model("p", "a.b", 1)).add(model("P", "A_B", 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("P/A_B")
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> lastResort().add(alias("p", "a", "p", "gone")).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("p/gone");
        assertThatThrownBy(() -> modelClass("all", "*", "*", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing would be uncovered");
    }
}
