package io.ecomind.jobs.enrichment;

import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends events on, unreadable records to the side, and drops heartbeats, whose time is in the watermark by now. */
public final class RouteRecords extends ProcessFunction<RawRecordRead, RawRecordRead> {
    public static final OutputTag<LedgerRecord> UNREADABLE = new OutputTag<>("unreadable") {};

    @Override
    public void processElement(RawRecordRead raw, Context context, Collector<RawRecordRead> out) {
        switch (raw.kind()) {
            case RawRecordRead.EVENT -> out.collect(raw);
            case RawRecordRead.UNREADABLE -> context.output(UNREADABLE, JobRejections.ofUnreadable(raw));
            case RawRecordRead.HEARTBEAT -> {}
            default -> throw new IllegalStateException("kind " + raw.kind());
        }
    }
}
