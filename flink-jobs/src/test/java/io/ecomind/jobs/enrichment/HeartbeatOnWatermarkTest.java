package io.ecomind.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class HeartbeatOnWatermarkTest {
    private static final long HOLD = EnrichFirstSighting.HOLD.toMillis();

    @Test
    void task_beats_for_its_own_partitions_once_a_second_and_never_ahead_of_what_may_be_held() throws Exception {
        try (var task = new OneInputStreamOperatorTestHarness<LedgerRecord, LedgerRecord>(
                new HeartbeatOnWatermark(12), 4, 4, 1)) {
            task.open();

            task.processWatermark(100_000);
            task.processWatermark(100_999);
            task.processWatermark(101_000);

            assertThat(task.extractOutputValues())
                    .extracting(LedgerRecord::partition)
                    .containsExactly(1, 5, 9, 1, 5, 9);
            EnrichedRecord first =
                    EnrichedRecord.parseFrom(task.extractOutputValues().get(0).value());
            assertThat(first.getHeartbeat().getReceivedAtMicros()).isEqualTo((100_000 - HOLD) * 1000);
        }
    }

    @Test
    void end_of_input_is_no_moment() throws Exception {
        try (var task = new OneInputStreamOperatorTestHarness<LedgerRecord, LedgerRecord>(
                new HeartbeatOnWatermark(12), 1, 1, 0)) {
            task.open();

            task.processWatermark(Long.MAX_VALUE);

            assertThat(task.extractOutputValues()).isEmpty();
        }
    }
}
