package io.ecomind.footprint.price;

import static io.ecomind.footprint.price.SmallPriceSet.above;
import static io.ecomind.footprint.price.SmallPriceSet.at;
import static io.ecomind.footprint.price.SmallPriceSet.batch;
import static io.ecomind.footprint.price.SmallPriceSet.call;
import static io.ecomind.footprint.price.SmallPriceSet.row;
import static io.ecomind.footprint.price.SmallPriceSet.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ecomind.footprint.OrganisationFactors.Span;
import io.ecomind.footprint.Rating.Match;
import io.ecomind.footprint.Validity;
import io.ecomind.footprint.price.OrganisationPrices.PriceDiscount;
import io.ecomind.footprint.price.OrganisationPrices.PriceOverride;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An organisation's own prices, discounts and currency. */
class OrganisationPricesTest {
    private static final Span ALWAYS = new Span(Long.MIN_VALUE, Long.MAX_VALUE, Validity.ALWAYS);
    private static final PriceSet SET = SmallPriceSet.empty()
            .seller("azure-openai", "azure")
            .add(row("azure", "gpt-4o", usd(3, 12)))
            .add(batch(row("azure", "gpt-4o", usd(3, 12)), usd(2, 6)))
            .add(row("openai", "gpt-4o", usd(2, 10)))
            .build();
    private static final BillableCall CALL = call("azure_openai", "gpt-4o", BillableUsage.text(1_000, 0));

    private static OrganisationPrices overrides(PriceOverride... own) {
        return new OrganisationPrices(List.of(own), List.of());
    }

    private static OrganisationPrices discounts(PriceDiscount... own) {
        return new OrganisationPrices(List.of(), List.of(own));
    }

    @Test
    void an_own_price_goes_before_the_list() {
        OrganisationPrices own = overrides(new PriceOverride("ours", ALWAYS, row("AZURE_OPENAI", "GPT-4o", usd(1, 1))));
        Price price = SET.price(CALL, own);
        assertThat(price.match()).isEqualTo(Match.OVERRIDE);
        assertThat(price.priceSet()).isEqualTo("small-1+ours");
        assertThat(price.nanoUsd()).isEqualTo(1_000_000);
        assertThat(SET.price(call("openai", "gpt-4o", BillableUsage.text(1_000, 0)), own)
                        .nanoUsd())
                .isEqualTo(2_000_000);
        // The batch was not agreed on.
        assertThat(SET.price(batch(CALL), own).nanoUsd()).isEqualTo(2_000_000);
    }

    @Test
    void a_model_of_ones_own_needs_no_list() {
        OrganisationPrices own = overrides(new PriceOverride("o-1", ALWAYS, row("internal", "house-1", usd(1, 2))));
        assertThat(SET.price(call("internal", "house-1"), own).nanoUsd()).isEqualTo(3_000_000_000L);
        assertThat(SET.price(call("internal", "house-1"), OrganisationPrices.NONE)
                        .unpriced())
                .isEqualTo(Unpriced.SELLER);
    }

    @Test
    void an_own_price_that_lacks_a_class_does_not_fall_back_to_the_list() {
        OrganisationPrices own = overrides(new PriceOverride(
                "o-1", ALWAYS, row("azure", "gpt-4o", PriceRates.of(Map.of(PriceClass.INPUT, 1L)))));
        Price price = SET.price(call("azure", "gpt-4o"), own);
        assertThat(price.unpriced()).isEqualTo(Unpriced.TOKEN_CLASS);
        assertThat(price.priceSet()).isEqualTo("small-1+o-1");
    }

    @Test
    void of_several_own_prices_the_one_for_the_size_then_the_newest_counts() {
        PriceRow base = row("azure", "gpt-4o", usd(1, 1));
        OrganisationPrices own = overrides(
                new PriceOverride("old", new Span(0, Long.MAX_VALUE, Validity.ALWAYS), base),
                new PriceOverride(
                        "new", new Span(1, Long.MAX_VALUE, Validity.ALWAYS), row("azure", "gpt-4o", usd(7, 7))),
                new PriceOverride("long", new Span(0, Long.MAX_VALUE, Validity.ALWAYS), above(base, 1_000, usd(9, 9))));
        assertThat(SET.price(CALL, own).priceSet()).isEqualTo("small-1+new");
        assertThat(SET.price(call("azure", "gpt-4o", BillableUsage.text(1_001, 0)), own)
                        .priceSet())
                .isEqualTo("small-1+long");
    }

    @Test
    void own_prices_and_discounts_have_their_time() {
        var june = Validity.between(LocalDate.of(2026, 6, 1), LocalDate.of(2026, 7, 1));
        var span = new Span(SmallPriceSet.NOON, SmallPriceSet.NOON + 1, june);
        OrganisationPrices own = overrides(new PriceOverride("o-1", span, row("azure", "gpt-4o", usd(1, 1))));
        OrganisationPrices discount = discounts(new PriceDiscount("d-1", span, "", 5_000));
        for (OrganisationPrices prices : List.of(own, discount)) {
            assertThat(SET.price(CALL, prices).priceSet()).isNotEqualTo("small-1");
            assertThat(SET.price(at(CALL, "2026-07-01T00:00:00Z"), prices).priceSet())
                    .isEqualTo("small-1");
            for (long received : new long[] {SmallPriceSet.NOON - 1, SmallPriceSet.NOON + 1}) {
                var other = new BillableCall(
                        CALL.provider(), CALL.model(), null, false, CALL.usage(), CALL.tsMicros(), received);
                assertThat(SET.price(other, prices).priceSet()).isEqualTo("small-1");
            }
        }
    }

    @Test
    void a_discount_is_taken_off_the_list_price_before_rounding() {
        OrganisationPrices own = discounts(
                new PriceDiscount("all", ALWAYS, "", 1_000), new PriceDiscount("azure", ALWAYS, "azure-openai", 1_250));
        PriceExplanation explained = SET.explain(CALL, own);
        assertThat(explained.price().nanoUsd()).isEqualTo(2_625_000);
        assertThat(explained.price().priceSet()).isEqualTo("small-1+azure");
        assertThat(explained.price().match()).isEqualTo(Match.EXACT);
        assertThat(explained.discountBasisPoints()).isEqualTo(1_250);
        assertThat(explained.lines()).extracting(PricedLine::nanoUsd).containsExactly(new BigDecimal("3000000.000000"));
        assertThat(SET.price(call("openai", "gpt-4o", BillableUsage.text(1_000, 0)), own)
                        .nanoUsd())
                .isEqualTo(1_800_000);
        // An own price is what was agreed on: nothing is taken off it.
        var both = new OrganisationPrices(
                List.of(new PriceOverride("o-1", ALWAYS, row("azure", "gpt-4o", usd(1, 1)))),
                List.of(new PriceDiscount("all", ALWAYS, "", 1_000)));
        assertThat(SET.price(CALL, both).nanoUsd()).isEqualTo(1_000_000);
        assertThat(SET.price(call("internal", "x"), own).priceSet()).isEqualTo("small-1");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "10001"})
    void a_discount_is_a_part_of_the_price(int basisPoints) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PriceDiscount("d", ALWAYS, "", basisPoints))
                .withMessage("basis_points must be 1 to 10000, was " + basisPoints);
    }

    @ParameterizedTest
    @CsvSource({
        "EUR, 861500000, 1000000000, 861500000",
        "EUR, 861500000, 1, 1",
        "EUR, 500000000, 1, 0",
        "EUR, 500000000, 3, 2",
        "EUR, 500000000, -1, 0",
        "EUR, 500000000, -3, -2",
        "JPY, 155200000000, 123456789, 19160493653",
        "USD, 1000000000, 9223372036854775807, 9223372036854775807"
    })
    void an_amount_is_converted_at_the_rate_of_its_day(String currency, long rate, long nanoUsd, long expected) {
        assertThat(new CurrencyRate(currency, rate).fromNanoUsd(nanoUsd)).isEqualTo(expected);
    }

    @Test
    void a_rate_that_cannot_be_true_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CurrencyRate("eur", 1))
                .withMessage("currency must be three capital letters (ISO 4217), was 'eur'");
        assertThatIllegalArgumentException().isThrownBy(() -> new CurrencyRate("EUR", 0));
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> new CurrencyRate("IDR", 16_000_000_000_000L).fromNanoUsd(Long.MAX_VALUE));
    }
}
