package io.ecomind.jobs.windows;

import io.ecomind.jobs.daily.UsageSum;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/** Fires a window once, when its day is complete and its state is cleared. */
final class FireWhenSealed extends Trigger<UsageSum, TimeWindow> {
    private final long sealAfterMillis;

    FireWhenSealed(long sealAfterMillis) {
        this.sealAfterMillis = sealAfterMillis;
    }

    @Override
    public TriggerResult onElement(UsageSum sum, long timestamp, TimeWindow window, TriggerContext context) {
        context.registerEventTimeTimer(sealTime(window));
        return TriggerResult.CONTINUE;
    }

    @Override
    public TriggerResult onEventTime(long time, TimeWindow window, TriggerContext context) {
        return time == sealTime(window) ? TriggerResult.FIRE_AND_PURGE : TriggerResult.CONTINUE;
    }

    @Override
    public TriggerResult onProcessingTime(long time, TimeWindow window, TriggerContext context) {
        return TriggerResult.CONTINUE;
    }

    @Override
    public void clear(TimeWindow window, TriggerContext context) {
        context.deleteEventTimeTimer(sealTime(window));
    }

    private long sealTime(TimeWindow window) {
        return window.maxTimestamp() + sealAfterMillis;
    }
}
