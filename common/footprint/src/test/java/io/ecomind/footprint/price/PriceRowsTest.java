package io.ecomind.footprint.price;

import static io.ecomind.footprint.price.SmallPriceSet.above;
import static io.ecomind.footprint.price.SmallPriceSet.at;
import static io.ecomind.footprint.price.SmallPriceSet.batch;
import static io.ecomind.footprint.price.SmallPriceSet.call;
import static io.ecomind.footprint.price.SmallPriceSet.during;
import static io.ecomind.footprint.price.SmallPriceSet.micros;
import static io.ecomind.footprint.price.SmallPriceSet.of;
import static io.ecomind.footprint.price.SmallPriceSet.price;
import static io.ecomind.footprint.price.SmallPriceSet.row;
import static io.ecomind.footprint.price.SmallPriceSet.usd;
import static io.ecomind.footprint.price.SmallPriceSet.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.ecomind.footprint.Validity;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of a model's rows holds, and what it makes of the classes of tokens. */
class PriceRowsTest {
    private static final PriceRow MODEL = row("s", "m", usd(3, 15));

    @ParameterizedTest
    @CsvSource({
        "2026-08-16T23:59:59Z, 1000000000",
        "2026-08-17T00:00:00Z, 2000000000",
        "2026-08-31T23:59:59Z, 2000000000",
        "2026-09-01T00:00:00Z,"
    })
    void a_price_holds_from_the_first_moment_of_its_first_day_to_before_that_of_its_last(String moment, Long nanoUsd) {
        var first = LocalDate.of(2026, 8, 17);
        PriceSet set = of(
                during(row("s", "m", usd(1, 0)), Validity.between(null, first), DayWindow.ALL_DAY),
                during(row("s", "m", usd(2, 0)), Validity.between(first, LocalDate.of(2026, 9, 1)), DayWindow.ALL_DAY));
        Price price = price(set, at(call("s", "m", BillableUsage.text(1_000_000, 0)), moment));
        assertThat(price.nanoUsd()).isEqualTo(nanoUsd);
        assertThat(price.unpriced()).isEqualTo(nanoUsd == null ? Unpriced.TIME : null);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-08-16T00:59:59Z, 1",
        "2026-08-16T01:00:00Z, 2",
        "2026-08-16T03:59:59.999999Z, 2",
        "2026-08-16T04:00:00Z, 1",
        "1969-12-31T01:00:00Z, 2",
        "1969-12-31T23:59:59Z, 1"
    })
    void hours_begin_and_end_at_their_minute(String moment, long usd) {
        PriceSet set = of(
                during(row("s", "m", usd(1, 0)), Validity.ALWAYS, new DayWindow(0, 60)),
                during(row("s", "m", usd(2, 0)), Validity.ALWAYS, new DayWindow(60, 240)),
                during(row("s", "m", usd(1, 0)), Validity.ALWAYS, new DayWindow(240, 1_440)));
        assertThat(price(set, at(call("s", "m", BillableUsage.text(1_000_000, 0)), moment))
                        .nanoUsd())
                .isEqualTo(usd * 1_000_000_000);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 15000",
        "200000, 1, 600015000",
        "200001, 1, 1200030000",
        "500000, 1, 3000024000",
        "500001, 1, 4500069000"
    })
    void a_size_of_the_context_changes_the_price_of_the_whole_call(long in, long out, long nanoUsd) {
        PriceSet set = of(above(MODEL, 500_000, usd(9, 60)), MODEL, above(MODEL, 200_000, usd(6, 24)));
        Price price = price(set, call("s", "m", BillableUsage.text(in, out)));
        assertThat(price.nanoUsd()).isEqualTo(nanoUsd);
    }

    @Test
    void cached_tokens_count_for_the_size_of_the_context() {
        PriceSet set = of(MODEL, above(MODEL, 200_000, usd(6, 24)));
        var usage = new BillableUsage(200_001, 0, 200_000, 0, 0, 0, 0, 0, 0, 0);
        assertThat(price(set, call("s", "m", usage)).nanoUsd()).isEqualTo(200_001L * 6_000);
    }

    @Test
    void a_batch_has_its_own_price_and_no_other() {
        PriceSet set = of(
                MODEL,
                batch(MODEL, usd(1, 7)),
                above(MODEL, 200_000, usd(6, 24)),
                above(batch(MODEL, usd(1, 7)), 200_000, PriceRates.of(Map.of())),
                row("s", "n", usd(1, 1)));
        BillableCall small = call("s", "m", BillableUsage.text(1_000, 1_000));
        assertThat(price(set, small).nanoUsd()).isEqualTo(18_000_000);
        assertThat(price(set, batch(small)).nanoUsd()).isEqualTo(8_000_000);
        assertThat(price(set, batch(call("s", "n"))).unpriced()).isEqualTo(Unpriced.BATCH);
        // The batch price for this size is not known, not even for a call without tokens of its own price.
        assertThat(price(set, batch(call("s", "m"))).unpriced()).isEqualTo(Unpriced.BATCH);
        assertThat(price(set, batch(call("s", "m"))).nanoUsd()).isNull();
    }

    @Test
    void classes_without_a_price_of_their_own_are_billed_as_their_whole() {
        PriceSet set = of(MODEL);
        var usage = new BillableUsage(1_000, 100, 300, 200, 50, 40, 100, 0, 100, 0);
        Price price = price(set, call("s", "m", usage));
        assertThat(price.nanoUsd()).isEqualTo(1_000 * 3_000 + 100 * 15_000);
    }

    @Test
    void each_token_is_billed_at_the_price_of_its_class_once() {
        PriceRates rates = PriceRates.of(Map.ofEntries(
                Map.entry(PriceClass.INPUT, 1_000_000L),
                Map.entry(PriceClass.CACHE_READ, 2_000_000L),
                Map.entry(PriceClass.CACHE_WRITE, 3_000_000L),
                Map.entry(PriceClass.CACHE_WRITE_1H, 4_000_000L),
                Map.entry(PriceClass.OUTPUT, 5_000_000L),
                Map.entry(PriceClass.REASONING, 6_000_000L),
                Map.entry(PriceClass.AUDIO_IN, 7_000_000L),
                Map.entry(PriceClass.AUDIO_OUT, 8_000_000L),
                Map.entry(PriceClass.IMAGE_IN, 9_000_000L),
                Map.entry(PriceClass.IMAGE_OUT, 10_000_000L),
                Map.entry(PriceClass.REQUEST, 11_000_000L)));
        // Powers of ten, so that each class can be read off the sum.
        var usage = new BillableUsage(1_111_110, 1_111, 10, 1_100, 1_000, 10, 10_000, 100, 100_000, 1_000);
        PriceExplanation explained = of(row("s", "m", rates)).explain(call("s", "m", usage), OrganisationPrices.NONE);
        assertThat(explained.lines())
                .extracting(PricedLine::counted, PricedLine::count)
                .containsExactly(
                        tuple(PriceClass.INPUT, 1_000_000L),
                        tuple(PriceClass.CACHE_READ, 10L),
                        tuple(PriceClass.CACHE_WRITE, 100L),
                        tuple(PriceClass.CACHE_WRITE_1H, 1_000L),
                        tuple(PriceClass.OUTPUT, 1L),
                        tuple(PriceClass.REASONING, 10L),
                        tuple(PriceClass.AUDIO_IN, 10_000L),
                        tuple(PriceClass.AUDIO_OUT, 100L),
                        tuple(PriceClass.IMAGE_IN, 100_000L),
                        tuple(PriceClass.IMAGE_OUT, 1_000L),
                        tuple(PriceClass.REQUEST, 1L));
        assertThat(explained.price().nanoUsd())
                .isEqualTo(1_000_000 + 20 + 300 + 4_000 + 5 + 60 + 70_000 + 800 + 900_000 + 10_000 + 11);
    }

    @Test
    void tokens_that_the_list_has_no_price_for_leave_the_call_uncovered() {
        PriceSet set = of(
                row("s", "m", with(usd(3, 15), PriceClass.CACHE_WRITE, 4_000_000_000L)),
                row("s", "embedding", PriceRates.of(Map.of(PriceClass.INPUT, 1_000_000_000L))));
        for (BillableUsage usage : List.of(
                new BillableUsage(10, 10, 0, 5, 1, 0, 0, 0, 0, 0),
                new BillableUsage(10, 10, 0, 0, 0, 0, 0, 1, 0, 0),
                new BillableUsage(10, 10, 0, 0, 0, 0, 0, 0, 0, 1))) {
            Price price = price(set, call("s", "m", usage));
            assertThat(price.nanoUsd()).isNull();
            assertThat(price.unpriced()).isEqualTo(Unpriced.TOKEN_CLASS);
            assertThat(price.matched()).isEqualTo("s/m");
        }
        BillableCall embedding = call("s", "embedding", BillableUsage.text(10, 10));
        assertThat(price(set, embedding).unpriced()).isEqualTo(Unpriced.TOKEN_CLASS);
        assertThat(price(set, SmallPriceSet.of(embedding, "embedding")).nanoUsd())
                .isEqualTo(10_000);
        assertThat(set.explain(embedding, OrganisationPrices.NONE).withoutPrice())
                .containsExactly(PriceClass.OUTPUT);
    }

    @Test
    void images_and_sound_that_are_not_counted_apart_are_uncovered_where_that_matters() {
        PriceRates sound =
                with(with(usd(3, 15), PriceClass.AUDIO_IN, 40_000_000_000L), PriceClass.AUDIO_OUT, 80_000_000_000L);
        PriceSet set = of(MODEL, row("s", "sound", sound));
        assertThat(price(set, SmallPriceSet.of(call("s", "m"), "audio")).nanoUsd())
                .isEqualTo(18_000_000_000L);
        assertThat(price(set, SmallPriceSet.of(call("s", "sound"), "audio")).unpriced())
                .isEqualTo(Unpriced.MEDIA);
        assertThat(price(set, call("s", "sound")).nanoUsd()).isEqualTo(18_000_000_000L);
        BillableCall none = call("s", "m", BillableUsage.text(0, 0));
        assertThat(price(set, none).nanoUsd()).isZero();
        for (String modality : List.of("image", "audio", "video")) {
            assertThat(price(set, SmallPriceSet.of(none, modality)).unpriced()).isEqualTo(Unpriced.MEDIA);
        }
        assertThat(price(set, SmallPriceSet.of(call("s", "m"), "video")).unpriced())
                .isEqualTo(Unpriced.MEDIA);
    }

    @Test
    void cached_audio_at_another_price_than_cached_text_is_uncovered() {
        PriceRates apart = with(with(usd(3, 15), PriceClass.CACHE_READ, 1), PriceClass.AUDIO_CACHE_READ, 2);
        PriceRates alike = with(with(usd(3, 15), PriceClass.CACHE_READ, 1), PriceClass.AUDIO_CACHE_READ, 1);
        PriceSet set = of(row("s", "apart", apart), row("s", "alike", alike));
        var both = new BillableUsage(10, 0, 4, 0, 0, 0, 4, 0, 0, 0);
        assertThat(price(set, call("s", "apart", both)).unpriced()).isEqualTo(Unpriced.CACHED_MEDIA);
        assertThat(price(set, call("s", "alike", both)).nanoUsd()).isEqualTo(18_000);
        assertThat(price(set, call("s", "apart", new BillableUsage(10, 0, 4, 0, 0, 0, 0, 0, 0, 0)))
                        .nanoUsd())
                .isEqualTo(18_000);
    }

    @Test
    void more_in_the_parts_than_in_the_whole_is_uncovered() {
        PriceSet set = of(MODEL);
        for (BillableUsage usage : List.of(
                new BillableUsage(10, 10, 6, 5, 0, 0, 0, 0, 0, 0),
                new BillableUsage(10, 10, Long.MAX_VALUE, Long.MAX_VALUE, 0, 0, 0, 0, 0, 0),
                new BillableUsage(10, 10, 0, 0, 0, 6, 0, 5, 0, 0),
                new BillableUsage(10, 10, 0, 1, 2, 0, 0, 0, 0, 0))) {
            assertThat(price(set, call("s", "m", usage)).unpriced()).isEqualTo(Unpriced.PARTS);
        }
    }

    @Test
    void what_is_free_costs_0_and_says_so() {
        PriceSet set = of(row("s", "m:free", usd(0, 0)), MODEL);
        assertThat(price(set, call("s", "m:free")).nanoUsd()).isZero();
        assertThat(price(set, call("s", "m:free")).isFree()).isTrue();
        assertThat(price(set, call("s", "m", BillableUsage.text(0, 0))).isFree())
                .isFalse();
    }

    @Test
    void a_set_prices_what_is_received_while_it_is_active() {
        var catalogue = new PriceCatalogue(List.of(
                new PriceCatalogue.ActivePrices(of(row("s", "m", usd(1, 0))), micros("2026-06-01T00:00:00Z")),
                new PriceCatalogue.ActivePrices(
                        new PriceSet.Builder("small-2", "small-1", "Dearer.")
                                .add(row("s", "m", usd(2, 0)))
                                .build(),
                        micros("2026-06-15T12:00:00Z"))));
        var usage = BillableUsage.text(1, 0);
        BillableCall before = new BillableCall("s", "m", null, false, usage, 0, micros("2026-06-15T11:59:59Z"));
        assertThat(catalogue
                        .price(call("s", "m", usage), OrganisationPrices.NONE)
                        .priceSet())
                .isEqualTo("small-2");
        assertThat(catalogue.price(before, OrganisationPrices.NONE).nanoUsd()).isEqualTo(1_000);
        Price none = catalogue.price(
                new BillableCall("s", "m", null, false, usage, 0, micros("2026-05-31T23:59:59Z")),
                OrganisationPrices.NONE);
        assertThat(none.unpriced()).isEqualTo(Unpriced.SET);
        assertThat(none.priceSet()).isEmpty();
    }
}
