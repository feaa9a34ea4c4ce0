package io.ecomind.jobs.windows;

import io.ecomind.jobs.daily.UsageSum;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/**
 * Tumbling windows over an organisation's local days, of 23, 24 or 25 hours; the enrichment has determined the day.
 *
 * <p>A window is complete when the received-watermark has passed its end by the horizon: an event of that day that
 * comes later is late by definition and not in the window.
 */
public final class LocalDayWindows extends WindowAssigner<UsageSum, TimeWindow> {
    private final long sealAfterMillis;

    public LocalDayWindows(long sealAfterMillis) {
        this.sealAfterMillis = sealAfterMillis;
    }

    @Override
    public Collection<TimeWindow> assignWindows(UsageSum sum, long timestamp, WindowAssignerContext context) {
        return List.of(new TimeWindow(sum.dayStartMillis(), sum.dayEndMillis()));
    }

    @Override
    public Trigger<UsageSum, TimeWindow> getDefaultTrigger() {
        return new FireWhenSealed(sealAfterMillis);
    }

    @Override
    public TypeSerializer<TimeWindow> getWindowSerializer(ExecutionConfig config) {
        return new TimeWindow.Serializer();
    }

    @Override
    public boolean isEventTime() {
        return true;
    }
}
