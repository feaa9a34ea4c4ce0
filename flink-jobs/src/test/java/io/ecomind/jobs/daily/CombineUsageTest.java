package io.ecomind.jobs.daily;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.jobs.RawEvents;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class CombineUsageTest {
    @Test
    void events_of_one_cube_row_leave_as_one_sum_before_the_watermark() throws Exception {
        try (var task = new OneInputStreamOperatorTestHarness<LedgerEntry, UsageSum>(new CombineUsage(), 1, 1, 0)) {
            task.open();
            task.processElement(entry("a", 5L, false), 0);
            task.processElement(entry("a", 7L, false), 0);
            task.processElement(entry("a", null, false), 0);
            task.processElement(entry("b", 1L, false), 0);
            task.processElement(entry("a", 100L, true), 0);
            assertThat(task.extractOutputValues()).isEmpty();

            task.processWatermark(1);

            assertThat(task.extractOutputValues()).hasSize(2);
            UsageSum sum = task.extractOutputValues().stream()
                    .filter(s -> CubeKey.fromText(s.key()).userId().equals("a"))
                    .findFirst()
                    .orElseThrow();
            assertThat(sum.calls()).isEqualTo(3);
            assertThat(sum.uncovered()).isEqualTo(1);
            assertThat(sum.tokensIn()).isEqualTo(300);
            assertThat(sum.kwh()).isEqualByComparingTo(BigDecimal.valueOf(12, 12));
        }
    }

    @Test
    void nothing_is_left_behind_a_checkpoint_barrier() throws Exception {
        try (var task = new OneInputStreamOperatorTestHarness<LedgerEntry, UsageSum>(new CombineUsage(), 1, 1, 0)) {
            task.open();
            task.processElement(entry("a", 5L, false), 0);

            task.prepareSnapshotPreBarrier(1);

            assertThat(task.extractOutputValues()).hasSize(1);
        }
    }

    @Test
    void cube_key_survives_the_way_through_text() {
        var key = new CubeKey("o", 20_000, "u", "", "p", "m\nx", "", "s");

        assertThat(CubeKey.fromText(key.text())).isEqualTo(key);
    }

    @Test
    void sum_goes_over_to_arbitrary_precision_before_a_long_is_full() {
        var sum = new NanoSum();
        sum.add(Long.MAX_VALUE);
        sum.add(Long.MAX_VALUE);
        sum.add(3);

        assertThat(sum.toDecimal(0).toBigInteger())
                .isEqualTo(BigInteger.valueOf(Long.MAX_VALUE)
                        .multiply(BigInteger.TWO)
                        .add(BigInteger.valueOf(3)));
    }

    private static LedgerEntry entry(String user, @org.jspecify.annotations.Nullable Long nanowatthours, boolean late) {
        Footprint.Builder footprint = Footprint.newBuilder().setFactorSet("s1");
        if (nanowatthours != null) {
            footprint
                    .setEnergyNanowatthours(nanowatthours)
                    .setWaterNanolitres(1)
                    .setCarbonNanograms(1);
        }
        EnrichedEvent enriched = EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event("acme", "id", 0).setUserId(user))
                .setFootprint(footprint)
                .setLate(late)
                .build();
        return new LedgerEntry(0, 0, LedgerEntry.NO_HEARTBEAT, late, enriched.toByteArray());
    }
}
