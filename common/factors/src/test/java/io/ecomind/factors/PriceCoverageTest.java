package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ecomind.footprint.price.BillableCall;
import io.ecomind.footprint.price.BillableUsage;
import io.ecomind.footprint.price.OrganisationPrices;
import io.ecomind.footprint.price.Price;
import io.ecomind.footprint.price.PriceSet;
import io.ecomind.footprint.price.Unpriced;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many of the models that are for sale, and of those that the samples use, have a price. */
class PriceCoverageTest {
    private static final long MOMENT = Instant.parse("2026-11-02T12:00:00Z").getEpochSecond() * 1_000_000L;
    private static final PriceSet SHIPPED = ShippedPriceSetTest.parse();

    @Test
    void an_excerpt_of_a_price_table_is_covered() throws Exception {
        Path excerpt =
                Path.of(Objects.requireNonNull(PriceCoverageTest.class.getResource("/prices/genai_prices_excerpt.csv"))
                        .toURI());
        check(excerpt, 99);
    }

    @Test
    void whole_price_tables_are_covered() throws Exception {
        String shared = System.getProperty("ecomind.shared");
        assumeTrue(shared != null && !shared.isEmpty(), "the system property ecomind.shared names no folder of tables");
        Path factors = Path.of(shared, "data", "factors");
        check(factors.resolve("model_prices_genai_prices_2026-08.csv"), 99);
        check(factors.resolve("model_prices_litellm_2025-09.csv"), 84);
    }

    /** The models of the sample week and of the traces; the last one is an organisation's own. */
    @ParameterizedTest
    @CsvSource({
        "openai, gpt-4o, exact",
        "openai, gpt-4o-mini, exact",
        "anthropic, claude-sonnet-4-5-20250929, alias",
        "google, gemini-2.5-flash, exact",
        "mistral, mistral-large-2411, alias",
        "azure, gpt-4o-2024-11-20, exact",
        "deepseek, deepseek-r1, alias",
        "internal, house-model-1, none"
    })
    void models_of_the_samples(String provider, String model, String match) {
        assertThat(price(provider, model, "text").match().id()).isEqualTo(match);
    }

    private static void check(Path file, double least) throws Exception {
        int priced = 0;
        int all = 0;
        var reasons = new TreeMap<Unpriced, Integer>();
        List<String> uncovered = new ArrayList<>();
        for (PriceTable.PricedName name : PriceTable.read(file).names()) {
            if (!name.leftOut().isEmpty()) {
                continue;
            }
            all++;
            Price price = price(name.provider(), name.model(), name.mode());
            if (price.unpriced() == Unpriced.TOKEN_CLASS && name.mode().isEmpty()) {
                // The table does not say which of its names are embeddings, which have no price for output.
                price = price(name.provider(), name.model(), "embedding");
            }
            Unpriced why = price.unpriced();
            if (why == null) {
                priced++;
            } else {
                reasons.merge(why, 1, Integer::sum);
                uncovered.add(name.provider() + "/" + name.model());
            }
        }
        System.out.printf(
                "%s: %d of %d names have a price, %.1f %%; without: %s%n",
                file.getFileName(), priced, all, priced * 100.0 / all, reasons);
        assertThat(priced * 100.0 / all).as("without a price: %s", uncovered).isGreaterThanOrEqualTo(least);
    }

    private static Price price(String provider, String model, String mode) {
        boolean generates = !mode.equals("embedding") && !mode.equals("rerank");
        return SHIPPED.price(
                new BillableCall(
                        provider,
                        model,
                        generates ? "text" : mode,
                        false,
                        BillableUsage.text(1_000, generates ? 300 : 0),
                        MOMENT,
                        MOMENT),
                OrganisationPrices.NONE);
    }
}
