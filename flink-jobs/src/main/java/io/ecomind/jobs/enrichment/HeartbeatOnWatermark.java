package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Heartbeat;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Writes the watermark into the ledger: for each partition that this task writes, a heartbeat per second of
 * watermark progress. It says that no event received before it follows in that partition, which holds because a
 * partition is written by one task only ({@link #taskOf}) and that task's watermark is the proof.
 *
 * <p>Stateless: a heartbeat that is lost or repeated in a recovery changes nothing.
 */
public final class HeartbeatOnWatermark extends AbstractStreamOperator<LedgerRecord>
        implements OneInputStreamOperator<LedgerRecord, LedgerRecord> {
    private static final long INTERVAL_MILLIS = 1_000;

    private final int partitions;
    private transient long lastMillis;

    public HeartbeatOnWatermark(int partitions) {
        this.partitions = partitions;
    }

    /** The only task that writes a partition. */
    public static int taskOf(int partition, int parallelism) {
        return partition % parallelism;
    }

    @Override
    public void open() throws Exception {
        super.open();
        lastMillis = Long.MIN_VALUE;
    }

    @Override
    public void processElement(StreamRecord<LedgerRecord> element) {
        output.collect(element);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        // An event may have been held for its organisation after the watermark passed it.
        long received = mark.getTimestamp() - EnrichFirstSighting.HOLD.toMillis();
        boolean due = lastMillis == Long.MIN_VALUE || received - lastMillis >= INTERVAL_MILLIS;
        if (received > 0 && mark.getTimestamp() != Watermark.MAX_WATERMARK.getTimestamp() && due) {
            lastMillis = received;
            byte[] value = EnrichedRecord.newBuilder()
                    .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(received * 1000))
                    .build()
                    .toByteArray();
            var task = getRuntimeContext().getTaskInfo();
            for (int partition = 0; partition < partitions; partition++) {
                if (taskOf(partition, task.getNumberOfParallelSubtasks()) == task.getIndexOfThisSubtask()) {
                    output.collect(new StreamRecord<>(new LedgerRecord(partition, "", value)));
                }
            }
        }
        super.processWatermark(mark);
    }
}
