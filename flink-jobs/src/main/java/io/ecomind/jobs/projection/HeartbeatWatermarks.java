package io.ecomind.jobs.projection;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/** Emits the ledger's heartbeats as watermarks: no event received before one follows it in its partition. */
final class HeartbeatWatermarks implements WatermarkGenerator<LedgerEntry> {
    private long throughMillis = Long.MIN_VALUE;

    @Override
    public void onEvent(LedgerEntry entry, long timestamp, WatermarkOutput output) {
        if (entry.isHeartbeat()) {
            throughMillis = Math.max(throughMillis, entry.heartbeatMillis() - 1);
        }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (throughMillis != Long.MIN_VALUE) {
            output.emitWatermark(new Watermark(throughMillis));
        }
    }
}
