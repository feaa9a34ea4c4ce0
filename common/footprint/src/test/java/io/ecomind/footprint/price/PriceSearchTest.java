package io.ecomind.footprint.price;

import static io.ecomind.footprint.price.SmallPriceSet.CITED;
import static io.ecomind.footprint.price.SmallPriceSet.call;
import static io.ecomind.footprint.price.SmallPriceSet.during;
import static io.ecomind.footprint.price.SmallPriceSet.price;
import static io.ecomind.footprint.price.SmallPriceSet.row;
import static io.ecomind.footprint.price.SmallPriceSet.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ecomind.footprint.Rating.Match;
import io.ecomind.footprint.Validity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which row stands for the name of a model, and that none of another seller's ever does. */
class PriceSearchTest {
    private static final PriceSet SET = SmallPriceSet.empty()
            .seller("azure-openai", "azure")
            .seller("az.ai.openai", "azure")
            .seller("vertex-ai", "google")
            .prefix("google", "publishers/google/models/")
            .add(row("openai", "gpt-4o", usd(2, 10)))
            .add(row("openai", "gpt-4o-2024-05-13", usd(5, 15)))
            .add(row("openai", "ft:gpt-4o-mini-2024-07-18", usd(1, 2)))
            .add(row("openai", "gpt-5-2025-08-07", usd(1, 9)))
            .add(row("azure", "gpt-4o", usd(3, 12)))
            .add(row("google", "gemini-2.5-flash", usd(1, 3)))
            .add(row("router", "openai/gpt-4o", usd(4, 11)))
            .add(row("router", "gpt-4o-mini", usd(6, 7)))
            .add(new PriceAlias("openai", "gpt-4o-2024-08-06", "gpt-4o", CITED))
            .add(new PriceAlias("openai", "gpt4o", "gpt-4o", CITED))
            .build();

    @ParameterizedTest
    @CsvSource({
        "openai, gpt-4o, exact, openai/gpt-4o",
        "OPENAI, GPT_4o, exact, openai/gpt-4o",
        "openai, gpt-4o-2024-05-13, exact, openai/gpt-4o-2024-05-13",
        "openai, gpt-4o-20240513, alias, openai/gpt-4o-2024-05-13",
        "openai, gpt-4o-2024-08-06, alias, openai/gpt-4o",
        "openai, gpt-4o-20240806, alias, openai/gpt-4o",
        "openai, openai/gpt-4o, alias, openai/gpt-4o",
        "openai, openai/gpt-4o-2025-01-01, family, openai/gpt-4o",
        "openai, gpt-4o-2024-11-20, family, openai/gpt-4o",
        "openai, gpt-4o-1120, family, openai/gpt-4o",
        "openai, gpt4o-2024-11-20, family, openai/gpt-4o",
        "openai, gpt-5-20250807, alias, openai/gpt-5-2025-08-07",
        "openai, ft:gpt-4o-mini-2024-07-18:org:name:id, alias, openai/ft:gpt-4o-mini-2024-07-18",
        "azure, gpt-4o, exact, azure/gpt-4o",
        "azure_openai, azure/gpt-4o, alias, azure/gpt-4o",
        "az.ai.openai, gpt-4o, exact, azure/gpt-4o",
        "vertex_ai, gemini-2.5-flash@20250601, family, google/gemini-2.5-flash",
        "google, publishers/google/models/gemini-2.5-flash, alias, google/gemini-2.5-flash",
        "google, GEMINI-2-5-FLASH, exact, google/gemini-2.5-flash",
        "router, openai/gpt-4o, exact, router/openai/gpt-4o",
        "router, router/openai/gpt-4o-2024-11-20, family, router/openai/gpt-4o"
    })
    void a_name_finds_its_row(String provider, String model, String match, String matched) {
        Price price = price(SET, call(provider, model));
        assertThat(price.match().id()).isEqualTo(match);
        assertThat(price.matched()).isEqualTo(matched);
        assertThat(price.nanoUsd()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic, gpt-4o, SELLER",
        "'', gpt-4o, SELLER",
        "openai, gemini-2.5-flash, MODEL",
        "openai, gpt-4o-mini, MODEL",
        "openai, gpt-4o-pro, MODEL",
        "openai, gpt-4, MODEL",
        "openai, gpt-4o-latest, MODEL",
        "openai, gpt-4o-2024-11-20-2024-11-20, MODEL",
        "openai, gpt-5, MODEL",
        "openai, router/gpt-4o, MODEL",
        "openai, '', MODEL",
        "openai, ft:gpt-4o, MODEL",
        "azure, openai/gpt-4o, MODEL",
        "azure, my-deployment, MODEL",
        "router, gpt-4o, MODEL"
    })
    void what_no_row_stands_for_is_uncovered(String provider, String model, Unpriced why) {
        Price price = price(SET, call(provider, model));
        assertThat(price.nanoUsd()).isNull();
        assertThat(price.unpriced()).isEqualTo(why);
        assertThat(price.match()).isEqualTo(Match.NONE);
        assertThat(price.matched()).isEmpty();
        assertThat(price.priceSet()).isEqualTo("small-1");
    }

    @Test
    void two_prices_for_one_time_are_refused() {
        PriceRow model = row("s", "m", usd(1, 1));
        PriceSet.Builder set = SmallPriceSet.empty().add(during(model, new Validity(0, 10), DayWindow.ALL_DAY));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set.add(during(model, new Validity(9, 20), new DayWindow(0, 60))))
                .withMessageContaining("model s/m has two prices for the same time");
        set.add(during(model, new Validity(10, 20), DayWindow.ALL_DAY));
        assertThat(set.build().rows()).hasSize(2);
    }

    @Test
    void one_name_in_two_spellings_is_refused() {
        PriceSet.Builder set = SmallPriceSet.empty()
                .add(during(row("s", "m-20250805", usd(1, 1)), new Validity(0, 10), DayWindow.ALL_DAY));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        set.add(during(row("s", "m-2025-08-05", usd(1, 1)), new Validity(20, 30), DayWindow.ALL_DAY)))
                .withMessageContaining("m-2025-08-05 has the name of s/m-20250805");
    }

    @Test
    void an_alias_leads_to_a_model_of_the_same_seller() {
        PriceSet.Builder set = SmallPriceSet.empty()
                .add(row("s", "m", usd(1, 1)))
                .add(row("t", "n", usd(1, 1)))
                .add(new PriceAlias("s", "x", "n", CITED));
        assertThatIllegalArgumentException()
                .isThrownBy(set::build)
                .withMessageContaining("model of alias s/x must be listed, was s/n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SmallPriceSet.empty()
                        .add(new PriceAlias("s", "x", "m", CITED))
                        .add(new PriceAlias("s", "X", "n", CITED)))
                .withMessageContaining("alias s/X is there twice");
    }
}
