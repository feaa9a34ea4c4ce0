package io.ecomind.footprint.price;

import static io.ecomind.footprint.price.SmallPriceSet.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.quicktheories.QuickTheory.qt;
import static org.quicktheories.generators.SourceDSL.integers;
import static org.quicktheories.generators.SourceDSL.longs;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.quicktheories.core.Gen;

/** What must hold for every price and every call. */
class BillPropertiesTest {
    private static final Gen<Long> COUNT = longs().between(0, 20).mix(longs().between(0, 1_000_000_000), 60);
    private static final Gen<Long> RATE =
            longs().between(0, 100).mix(longs().between(0, PriceRates.MAX_NANO_USD_PER_MILLION), 60);

    private static final Gen<BillableUsage> USAGES = in -> usage(i -> COUNT.generate(in));
    private static final Gen<PriceRates> RATES = in -> rates(priced -> RATE.generate(in));

    private interface Draw<T> {
        long next(T what);
    }

    private static BillableUsage usage(Draw<Integer> draw) {
        long read = draw.next(0);
        long write = draw.next(1);
        long hour = Math.min(write, draw.next(2));
        long reasoning = draw.next(3);
        long audioIn = draw.next(4);
        long audioOut = draw.next(5);
        long imageIn = draw.next(6);
        long imageOut = draw.next(7);
        return new BillableUsage(
                draw.next(8) + read + write + audioIn + imageIn,
                draw.next(9) + reasoning + audioOut + imageOut,
                read,
                write,
                hour,
                reasoning,
                audioIn,
                audioOut,
                imageIn,
                imageOut);
    }

    private static PriceRates rates(Draw<PriceClass> draw) {
        Map<PriceClass, Long> rates = new EnumMap<>(PriceClass.class);
        for (PriceClass priced : PriceClass.values()) {
            rates.put(priced, draw.next(priced));
        }
        return PriceRates.of(rates);
    }

    /** In another way: decimals, all at once. */
    private static BigDecimal exact(BillableUsage u, PriceRates rates) {
        return term(u.tokensIn() - u.cacheRead() - u.cacheWrite() - u.audioIn() - u.imageIn(), rates, PriceClass.INPUT)
                .add(term(u.cacheRead(), rates, PriceClass.CACHE_READ))
                .add(term(u.cacheWrite() - u.cacheWrite1h(), rates, PriceClass.CACHE_WRITE))
                .add(term(u.cacheWrite1h(), rates, PriceClass.CACHE_WRITE_1H))
                .add(term(u.tokensOut() - u.reasoning() - u.audioOut() - u.imageOut(), rates, PriceClass.OUTPUT))
                .add(term(u.reasoning(), rates, PriceClass.REASONING))
                .add(term(u.audioIn(), rates, PriceClass.AUDIO_IN))
                .add(term(u.audioOut(), rates, PriceClass.AUDIO_OUT))
                .add(term(u.imageIn(), rates, PriceClass.IMAGE_IN))
                .add(term(u.imageOut(), rates, PriceClass.IMAGE_OUT))
                .add(term(1, rates, PriceClass.REQUEST));
    }

    private static BigDecimal term(long count, PriceRates rates, PriceClass priced) {
        return BigDecimal.valueOf(count)
                .multiply(BigDecimal.valueOf(Objects.requireNonNull(rates.own(priced))))
                .movePointLeft(6);
    }

    @Test
    void the_amount_is_the_exact_one_rounded_once_whatever_its_size() {
        qt().forAll(USAGES, RATES, integers().between(0, 10_000)).checkAssert((usage, rates, discount) -> {
            BigDecimal expected = exact(usage, rates)
                    .multiply(BigDecimal.valueOf(10_000 - discount))
                    .movePointLeft(4)
                    .setScale(0, RoundingMode.HALF_EVEN);
            long found = Bill.nanoUsd(call("s", "m", usage), rates, discount);
            if (expected.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
                assertThat(found).isNegative();
            } else {
                assertThat(BigDecimal.valueOf(found)).isEqualByComparingTo(expected);
            }
        });
    }

    @Test
    void the_lines_of_an_explanation_add_up_to_the_price() {
        qt().forAll(USAGES, RATES).checkAssert((usage, rates) -> {
            PriceExplanation explained = SmallPriceSet.of(SmallPriceSet.row("s", "m", rates))
                    .explain(call("s", "m", usage), OrganisationPrices.NONE);
            BigDecimal sum =
                    explained.lines().stream().map(PricedLine::nanoUsd).reduce(BigDecimal.ZERO, BigDecimal::add);
            Long nanoUsd = explained.price().nanoUsd();
            if (nanoUsd != null) {
                assertThat(sum.setScale(0, RoundingMode.HALF_EVEN)).isEqualByComparingTo(BigDecimal.valueOf(nanoUsd));
            }
        });
    }

    @Test
    void two_calls_cost_what_one_with_all_their_tokens_does_but_for_rounding() {
        Gen<BillableUsage> small = in -> usage(i -> longs().between(0, 100_000).generate(in));
        Gen<PriceRates> noFee = in -> rates(priced -> priced == PriceClass.REQUEST
                ? 0
                : longs().between(0, 1_000_000_000_000L).generate(in));
        qt().forAll(small, small, noFee).checkAssert((one, other, rates) -> {
            long apart = Bill.nanoUsd(call("s", "m", one), rates, 0) + Bill.nanoUsd(call("s", "m", other), rates, 0);
            long together = Bill.nanoUsd(call("s", "m", sum(one, other)), rates, 0);
            assertThat(Math.abs(together - apart)).isLessThanOrEqualTo(1);
        });
    }

    @Test
    void more_tokens_never_cost_less() {
        Gen<PriceRates> moderate =
                in -> rates(priced -> longs().between(0, 1_000_000_000_000L).generate(in));
        qt().forAll(USAGES, USAGES, moderate)
                .checkAssert((usage, more, rates) -> assertThat(
                                Bill.nanoUsd(call("s", "m", sum(usage, more)), rates, 0))
                        .isGreaterThanOrEqualTo(Bill.nanoUsd(call("s", "m", usage), rates, 0)));
    }

    @Test
    void at_one_price_for_all_it_does_not_matter_which_class_a_token_is_of() {
        qt().forAll(USAGES, longs().between(0, 1_000_000_000_000L)).checkAssert((usage, rate) -> {
            PriceRates rates = rates(priced -> priced == PriceClass.REQUEST ? 0 : rate);
            BigDecimal each = BigDecimal.valueOf(usage.tokensIn())
                    .add(BigDecimal.valueOf(usage.tokensOut()))
                    .multiply(BigDecimal.valueOf(rate))
                    .movePointLeft(6)
                    .setScale(0, RoundingMode.HALF_EVEN);
            assertThat(BigDecimal.valueOf(Bill.nanoUsd(call("s", "m", usage), rates, 0)))
                    .isEqualByComparingTo(each);
        });
    }

    @Test
    void no_larger_discount_leaves_more_to_pay() {
        qt().forAll(USAGES, RATES, integers().between(0, 9_999)).checkAssert((usage, rates, discount) -> {
            long with = Bill.nanoUsd(call("s", "m", usage), rates, discount + 1);
            long without = Bill.nanoUsd(call("s", "m", usage), rates, discount);
            assertThat(without < 0 || with <= without).isTrue();
        });
    }

    @Test
    void halves_go_to_the_even_neighbour() {
        PriceRates half = rates(priced -> priced == PriceClass.INPUT ? 500_000 : 0);
        for (long tokens = 0; tokens < 8; tokens++) {
            long expected = BigDecimal.valueOf(tokens)
                    .divide(BigDecimal.valueOf(2))
                    .setScale(0, RoundingMode.HALF_EVEN)
                    .longValueExact();
            assertThat(Bill.nanoUsd(call("s", "m", BillableUsage.text(tokens, 0)), half, 0))
                    .isEqualTo(expected);
        }
    }

    private static BillableUsage sum(BillableUsage a, BillableUsage b) {
        return new BillableUsage(
                a.tokensIn() + b.tokensIn(),
                a.tokensOut() + b.tokensOut(),
                a.cacheRead() + b.cacheRead(),
                a.cacheWrite() + b.cacheWrite(),
                a.cacheWrite1h() + b.cacheWrite1h(),
                a.reasoning() + b.reasoning(),
                a.audioIn() + b.audioIn(),
                a.audioOut() + b.audioOut(),
                a.imageIn() + b.imageIn(),
                a.imageOut() + b.imageOut());
    }
}
