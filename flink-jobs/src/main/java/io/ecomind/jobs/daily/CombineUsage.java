package io.ecomind.jobs.daily;

import io.ecomind.contracts.v1.EnrichedEvent;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Adds events up in memory before they are sent to their key's sum, so that its state is touched once per key and
 * micro-batch instead of once per event. Hands everything on before a watermark, a checkpoint barrier
 * and the end, hence needs no state of its own.
 */
public final class CombineUsage extends AbstractStreamOperator<UsageSum>
        implements OneInputStreamOperator<LedgerEntry, UsageSum> {
    private static final int MAX_KEYS = 10_000;

    private final boolean withLate;

    private transient Map<CubeKey, Part> parts;

    private static final class Part {
        private final long dayStartMillis;
        private final long dayEndMillis;
        private final Totals totals = new Totals();

        private Part(EnrichedEvent enriched) {
            dayStartMillis = enriched.getDayStartMillis();
            dayEndMillis = enriched.getDayEndMillis();
        }
    }

    /** @param withLate false: late events, which no window waits for, are left out */
    @SuppressWarnings("NullAway.Init")
    public CombineUsage(boolean withLate) {
        this.withLate = withLate;
    }

    @Override
    public void open() throws Exception {
        super.open();
        parts = new HashMap<>();
    }

    @Override
    public void processElement(StreamRecord<LedgerEntry> element) throws Exception {
        EnrichedEvent enriched = element.getValue().event();
        if (enriched == null || (enriched.getLate() && !withLate)) {
            return;
        }
        parts.computeIfAbsent(CubeKey.of(enriched), key -> new Part(enriched))
                .totals
                .add(enriched);
        if (parts.size() >= MAX_KEYS) {
            handOn();
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        handOn();
        super.processWatermark(mark);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        handOn();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        handOn();
        super.finish();
    }

    private void handOn() {
        parts.forEach((key, part) -> output.collect(
                new StreamRecord<>(part.totals.toUsageSum(key.text(), part.dayStartMillis, part.dayEndMillis))));
        parts.clear();
    }
}
