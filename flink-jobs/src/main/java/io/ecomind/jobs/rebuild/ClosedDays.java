package io.ecomind.jobs.rebuild;

import io.ecomind.jobs.daily.UsageSum;
import org.apache.flink.api.common.functions.FilterFunction;

/**
 * Passes window totals of days that had ended and become due by the ledger's last heartbeats and that Kafka still has from
 * their beginning. The end of the topic fires all windows: those of open days, of which more will come and which the live job
 * still holds, and those of days whose first events Kafka has deleted.
 *
 * @param heldSinceMillis days that begin earlier may miss events; {@link Long#MIN_VALUE} when nothing was deleted
 * @param throughMillis the watermark that a reader of the topic without an end would have
 * @param sealAfterMillis from a day's end until its window fires
 */
record ClosedDays(long heldSinceMillis, long throughMillis, long sealAfterMillis) implements FilterFunction<UsageSum> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean filter(UsageSum sum) {
        return sum.dayStartMillis() >= heldSinceMillis && sum.dayEndMillis() - 1 + sealAfterMillis <= throughMillis;
    }
}
