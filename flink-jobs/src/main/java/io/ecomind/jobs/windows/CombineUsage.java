package io.ecomind.jobs.windows;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.totals.DailyControlKey;
import io.ecomind.jobs.totals.DailyUsageKey;
import io.ecomind.jobs.totals.TotalsKey;
import io.ecomind.jobs.totals.UsageTotals;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Adds events up in memory before they are sent to their sum or window, so that the state of the sum is updated once
 * per key and micro-batch instead of once per event. Emits its sums before each watermark, before each checkpoint
 * barrier and at the end of input, so it keeps none of them in state.
 *
 * <p>Before windows it drops late events and duplicates. An enrichment that was restored from an older savepoint writes
 * records again that the ledger already has, so an event is counted once by its offset in events.raw, for as long as
 * its window is open. The offsets that were counted are state; every task gets all of them after a restart, because
 * partitions may be assigned to other tasks.
 */
public final class CombineUsage extends AbstractStreamOperator<UsageSum>
        implements OneInputStreamOperator<LedgerEntry, UsageSum> {
    private static final int MAX_KEYS = 10_000;

    private final boolean forWindows;
    private final long sealAfterMillis;

    private transient Map<TotalsKey, PartialSum> parts;
    private transient SeenOffsets seen;
    private transient ListState<byte[]> stored;
    private transient Counter repeats;

    private static final class PartialSum {
        private final long dayStartMillis;
        private final long dayEndMillis;
        private final UsageTotals totals = new UsageTotals();

        private PartialSum(EnrichedEvent enriched) {
            dayStartMillis = enriched.getDayStartMillis();
            dayEndMillis = enriched.getDayEndMillis();
        }
    }

    @SuppressWarnings("NullAway.Init")
    private CombineUsage(boolean forWindows, long sealAfterMillis) {
        this.forWindows = forWindows;
        this.sealAfterMillis = sealAfterMillis;
    }

    /** For windows: by rows of daily_control, without late events, and each record of the ledger once. */
    public static CombineUsage forWindows(Duration sealAfter) {
        return new CombineUsage(true, sealAfter.toMillis());
    }

    /** For rows of the event table: by rows of the cube, and all of them, because the table holds each event once. */
    public static CombineUsage forRows() {
        return new CombineUsage(false, 0);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        seen = new SeenOffsets();
        stored = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>(
                        "counted-offsets", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        for (byte[] chunk : stored.get()) {
            seen.merge(chunk);
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        parts = new HashMap<>();
        repeats = getMetricGroup().counter("repeatedLedgerRecords");
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        stored.update(seen.toBytes());
    }

    @Override
    public void processElement(StreamRecord<LedgerEntry> element) throws Exception {
        EnrichedEvent enriched = element.getValue().event();
        if (enriched == null || (forWindows && enriched.getLate())) {
            return;
        }
        long sealedAt = enriched.getDayEndMillis() + sealAfterMillis;
        if (forWindows && !seen.add(enriched.getRawPartition(), enriched.getRawOffset(), sealedAt)) {
            repeats.inc();
            return;
        }
        TotalsKey key = forWindows ? DailyControlKey.of(enriched) : DailyUsageKey.of(enriched);
        parts.computeIfAbsent(key, absent -> new PartialSum(enriched)).totals.add(enriched);
        if (parts.size() >= MAX_KEYS) {
            flushSums();
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        flushSums();
        seen.forget(mark.getTimestamp());
        super.processWatermark(mark);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        flushSums();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        flushSums();
        super.finish();
    }

    private void flushSums() {
        parts.forEach((key, part) -> output.collect(
                new StreamRecord<>(part.totals.toUsageSum(key.text(), part.dayStartMillis, part.dayEndMillis))));
        parts.clear();
    }
}
