package io.ecomind.jobs.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.projection.Footprints;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.totals.DailyControlKey;
import io.ecomind.jobs.totals.UsageTotals;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CombineUsageTest {
    private static final Duration SEAL_AFTER = Duration.ofDays(7);

    /** Every event of a test stands at a place of its own in events.raw. */
    private long nextOffset;

    @Test
    void events_of_one_cube_row_leave_as_one_sum_before_the_watermark() throws Exception {
        try (var task = new OneInputStreamOperatorTestHarness<LedgerEntry, UsageSum>(
                CombineUsage.forWindows(SEAL_AFTER), 1, 1, 0)) {
            task.open();
            task.processElement(entry("a", Footprints.parametric(), false), 0);
            task.processElement(entry("a", Footprints.flat(7).setCarbonMarket(Footprints.band(0, 0, 0)), false), 0);
            task.processElement(entry("a", Footprints.uncovered(), false), 0);
            task.processElement(entry("b", Footprints.uncovered(), false), 0);
            task.processElement(entry("a", Footprints.flat(100), true), 0);
            assertThat(task.extractOutputValues()).isEmpty();

            task.processWatermark(1);

            assertThat(task.extractOutputValues()).hasSize(2);
            UsageTotals sum = totals(task.extractOutputValues(), "a");
            assertThat(sum.count(Counter.CALL_COUNT)).isEqualTo(3);
            assertThat(sum.count(Counter.UNCOVERED_COUNT)).isEqualTo(1);
            assertThat(sum.count(Counter.TOKENS_IN)).isEqualTo(300);
            assertThat(sum.count(Counter.UNCOVERED_TOKENS_IN)).isEqualTo(100);
            assertThat(sum.count(Counter.UNCOVERED_TOKENS_OUT)).isEqualTo(10);
            assertThat(sum.count(Counter.MARKET_COUNT)).isEqualTo(1);
            assertThat(nanos(sum, Quantity.ENERGY)).containsExactly(8L, 9L, 10L);
            assertThat(nanos(sum, Quantity.WATER_OFFSITE)).containsExactly(40L, 50L, 60L);
            assertThat(nanos(sum, Quantity.CARBON)).containsExactly(777L, 887L, 997L);
            assertThat(nanos(sum, Quantity.CARBON_EMBODIED)).containsExactly(700L, 800L, 900L);
            assertThat(nanos(sum, Quantity.CARBON_MARKET)).containsExactly(0L, 0L, 0L);
            assertThat(nanos(totals(task.extractOutputValues(), "b"), Quantity.ENERGY))
                    .containsOnlyNulls();
        }
    }

    @Test
    void nothing_is_left_behind_a_checkpoint_barrier() throws Exception {
        try (var task = new OneInputStreamOperatorTestHarness<LedgerEntry, UsageSum>(
                CombineUsage.forWindows(SEAL_AFTER), 1, 1, 0)) {
            task.open();
            task.processElement(entry("a", Footprints.parametric(), false), 0);

            task.prepareSnapshotPreBarrier(1);

            assertThat(task.extractOutputValues()).hasSize(1);
        }
    }

    @Test
    void record_that_the_ledger_holds_twice_is_counted_once_also_after_a_restart() throws Exception {
        LedgerEntry first = entry("a", Footprints.parametric(), false);
        LedgerEntry second = entry("a", Footprints.parametric(), false);
        OperatorSubtaskState state;
        try (var task = harness()) {
            task.open();
            task.processElement(first, 0);
            task.processElement(first, 0);
            task.prepareSnapshotPreBarrier(1);
            state = task.snapshot(1, 1);
            assertThat(totals(task.extractOutputValues(), "a").count(Counter.CALL_COUNT))
                    .isEqualTo(1);
        }
        try (var task = harness()) {
            task.initializeState(state);
            task.open();
            task.processElement(first, 0);
            task.processElement(second, 0);
            task.processWatermark(1);
            assertThat(totals(task.extractOutputValues(), "a").count(Counter.CALL_COUNT))
                    .isEqualTo(1);
        }
    }

    @Test
    void places_are_forgotten_when_their_day_is_sealed() throws Exception {
        LedgerEntry first = entry("a", Footprints.parametric(), false);
        try (var task = harness()) {
            task.open();
            task.processElement(first, 0);
            task.processWatermark(SEAL_AFTER.toMillis() - 1);
            assertThat(task.snapshot(1, 1).getManagedOperatorState().isEmpty()).isFalse();
            task.processElement(first, 0);
            task.processWatermark(SEAL_AFTER.toMillis());
            task.processElement(first, 0);
            task.processWatermark(SEAL_AFTER.toMillis() + 1);
            assertThat(task.extractOutputValues()).hasSize(2);
        }
    }

    @Test
    void offsets_are_noted_once_over_partitions_chunks_and_tasks() {
        var seen = new SeenOffsets();
        long[] offsets = {0, 1, 65_535, 65_536, 1L << 40, Long.MAX_VALUE};
        for (int partition = 0; partition < 3; partition++) {
            for (long offset : offsets) {
                assertThat(seen.add(partition, offset, 10)).isTrue();
                assertThat(seen.add(partition, offset, 5)).isFalse();
            }
        }
        assertThat(seen.add(0, 2, 20)).isTrue();

        var other = new SeenOffsets();
        assertThat(other.add(0, 3, 1)).isTrue();
        seen.toBytes().forEach(other::merge);
        seen.toBytes().forEach(other::merge);

        assertThat(other.chunks()).isEqualTo(seen.chunks()).isEqualTo(12);
        for (long offset : offsets) {
            assertThat(other.add(2, offset, 10)).isFalse();
        }
        assertThat(other.add(0, 3, 1)).isFalse();
        assertThat(other.add(0, 4, 1)).isTrue();
        other.forget(10);
        assertThat(other.chunks()).isEqualTo(1);
        assertThat(other.add(0, 0, 30)).isFalse();
        assertThat(other.add(1, 0, 30)).isTrue();
    }

    private static OneInputStreamOperatorTestHarness<LedgerEntry, UsageSum> harness() throws Exception {
        return new OneInputStreamOperatorTestHarness<>(CombineUsage.forWindows(SEAL_AFTER), 1, 1, 0);
    }

    @Test
    void cube_key_survives_the_way_through_text() {
        var key = new DailyControlKey("o", 20_000, "u", "", "p", "m\nx", "", "s");

        assertThat(DailyControlKey.fromText(key.text())).isEqualTo(key);
    }

    @Test
    void what_one_part_of_a_day_does_not_know_the_other_may() {
        UsageSum unknown = sum(Footprints.uncovered());
        UsageSum known = sum(Footprints.parametric().setCarbonMarket(Footprints.band(1, 1, 1)));

        UsageTotals both = unknown.plus(known).totals();
        UsageTotals neither = unknown.plus(unknown).totals();

        assertThat(nanos(both, Quantity.CARBON_MARKET)).containsExactly(1L, 1L, 1L);
        assertThat(both.count(Counter.UNCOVERED_COUNT)).isEqualTo(1);
        for (Figure figure : Figure.ALL) {
            assertThat(neither.amount(figure)).as(figure.column()).isNull();
        }
        assertThat(neither.count(Counter.UNCOVERED_TOKENS_IN)).isEqualTo(200);
    }

    @Test
    void sums_are_exact_beyond_the_size_of_a_long() {
        Footprint.Builder most =
                Footprints.uncovered().setEnergy(Footprints.band(1L << 61, Long.MAX_VALUE, Long.MAX_VALUE));
        UsageSum two = sum(most).plus(sum(most));
        BigInteger max = BigInteger.valueOf(Long.MAX_VALUE);

        UsageTotals five = two.plus(two).plus(sum(most)).totals();

        assertThat(amount(five, Bound.LOW)).isEqualTo(BigInteger.TWO.pow(61).multiply(BigInteger.valueOf(5)));
        assertThat(amount(five, Bound.MID)).isEqualTo(max.multiply(BigInteger.valueOf(5)));
        assertThat(amount(five, Bound.HIGH)).isEqualTo(max.multiply(BigInteger.valueOf(5)));
        assertThat(amount(two.totals(), Bound.LOW)).isEqualTo(BigInteger.TWO.pow(62));
        assertThat(sum(Footprints.flat(1)).carries()).isEmpty();
    }

    private static BigInteger amount(UsageTotals totals, Bound bound) {
        BigDecimal amount = totals.amount(new Figure(Quantity.ENERGY, bound));
        return amount == null ? BigInteger.ZERO : amount.unscaledValue();
    }

    private static List<@Nullable Long> nanos(UsageTotals totals, Quantity quantity) {
        List<@Nullable Long> nanos = new ArrayList<>();
        for (Bound bound : Bound.values()) {
            BigDecimal amount = totals.amount(new Figure(quantity, bound));
            nanos.add(amount == null ? null : amount.unscaledValue().longValueExact());
        }
        return nanos;
    }

    private static UsageTotals totals(List<UsageSum> sums, String user) {
        return sums.stream()
                .filter(sum -> DailyControlKey.fromText(sum.key()).userId().equals(user))
                .findFirst()
                .orElseThrow()
                .totals();
    }

    private static UsageSum sum(Footprint.Builder footprint) {
        var totals = new UsageTotals();
        totals.add(enriched("a", footprint, false));
        return totals.toUsageSum("key", 0, 1);
    }

    private LedgerEntry entry(String user, Footprint.Builder footprint, boolean late) {
        EnrichedEvent placed = enriched(user, footprint, late).toBuilder()
                .setRawOffset(nextOffset++)
                .build();
        return new LedgerEntry(0, 0, LedgerEntry.NO_HEARTBEAT, placed);
    }

    private static EnrichedEvent enriched(String user, Footprint.Builder footprint, boolean late) {
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event("acme", "id", 0).setUserId(user))
                .setFootprint(footprint)
                .setLate(late)
                .build();
    }
}
