package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.footprint.price.BillableCall;
import io.ecomind.footprint.price.BillableUsage;
import io.ecomind.footprint.price.OrganisationPrices;
import io.ecomind.footprint.price.PriceExplanation;
import io.ecomind.footprint.price.PriceSet;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Calls whose bill was written by hand. The prices, in USD per million tokens, are those that the pinned sources record from
 * the seller's page, which each test names.
 */
class PricesByHandTest {
    private static final PriceSet SHIPPED = ShippedPriceSetTest.parse();

    /** 2.50 input, 1.25 cached input, 10.00 output; https://developers.openai.com/api/docs/pricing. */
    @Test
    void gpt_4o_with_a_cached_part() {
        check(
                "openai",
                "gpt-4o",
                "2026-11-02T12:00:00Z",
                new BillableUsage(1_200, 300, 200, 0, 0, 0, 0, 0, 0, 0),
                // 1,000 * 2.50 + 200 * 1.25 + 300 * 10.00 = 5,750 microdollars
                5_750_000,
                "https://developers.openai.com/api/docs/pricing");
    }

    /** 3.00 input, 0.30 cache read, 3.75 and 6.00 cache write, 15.00 output; https://www.anthropic.com/pricing#api. */
    @Test
    void claude_sonnet_4_5_with_both_kinds_of_cache_write() {
        check(
                "anthropic",
                "claude-sonnet-4-5-20250929",
                "2026-11-02T12:00:00Z",
                new BillableUsage(21_500, 600, 20_000, 1_000, 400, 0, 0, 0, 0, 0),
                // 500 * 3.00 + 20,000 * 0.30 + 600 * 3.75 + 400 * 6.00 + 600 * 15.00 = 21,150 microdollars
                21_150_000,
                "https://www.anthropic.com/pricing#api");
    }

    /** Up to 200,000 tokens 1.25 and 10.00, above 2.50 and 15.00; https://ai.google.dev/gemini-api/docs/pricing. */
    @ParameterizedTest
    @CsvSource({
        // 200,000 * 1.25 + 1,000 * 10.00 = 260,000 microdollars
        "200000, 260000000",
        // 200,001 * 2.50 + 1,000 * 15.00 = 515,002.5 microdollars
        "200001, 515002500"
    })
    void gemini_2_5_pro_at_the_edge_of_its_long_context(long tokensIn, long nanoUsd) {
        check(
                "gcp.vertex_ai",
                "gemini-2.5-pro",
                "2026-11-02T12:00:00Z",
                BillableUsage.text(tokensIn, 1_000),
                nanoUsd,
                "https://ai.google.dev/gemini-api/docs/pricing");
    }

    /** 2.00 input, 6.00 output; https://mistral.ai/pricing/api. */
    @Test
    void mistral_large_2411() {
        check(
                "mistral",
                "mistral-large-2411",
                "2026-11-02T12:00:00Z",
                BillableUsage.text(1_000, 330),
                // 1,000 * 2.00 + 330 * 6.00 = 3,980 microdollars
                3_980_000,
                "https://mistral.ai/pricing/api");
    }

    /**
     * From 01:00 to 04:00 and from 06:00 to 10:00 UTC 1.32, 0.044 and 3.96, else 0.66, 0.022 and 1.98;
     * https://api-docs.deepseek.com/quick_start/pricing.
     */
    @ParameterizedTest
    @CsvSource({
        // 2,000 * 1.32 + 8,000 * 0.044 + 500 * 3.96 = 4,972 microdollars
        "2026-11-02T03:59:59Z, 4972000",
        // 2,000 * 0.66 + 8,000 * 0.022 + 500 * 1.98 = 2,486 microdollars
        "2026-11-02T04:00:00Z, 2486000"
    })
    void deepseek_v4_pro_at_the_edge_of_its_peak_hours(String moment, long nanoUsd) {
        check(
                "deepseek",
                "deepseek-v4-pro",
                moment,
                new BillableUsage(10_000, 500, 8_000, 0, 0, 120, 0, 0, 0, 0),
                nanoUsd,
                "https://api-docs.deepseek.com/quick_start/pricing");
    }

    private static void check(
            String provider, String model, String moment, BillableUsage usage, long nanoUsd, String page) {
        long micros = Instant.parse(moment).getEpochSecond() * 1_000_000L;
        PriceExplanation explained = SHIPPED.explain(
                new BillableCall(provider, model, null, false, usage, micros, micros), OrganisationPrices.NONE);
        assertThat(explained.price().nanoUsd()).isEqualTo(nanoUsd);
        assertThat(explained.row())
                .isNotNull()
                .satisfies(row -> assertThat(row.citation().source()).endsWith(page));
    }
}
