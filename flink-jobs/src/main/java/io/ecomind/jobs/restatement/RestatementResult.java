package io.ecomind.jobs.restatement;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request. Immutable.
 *
 * @param id in the table restatements; 0 when there was nothing to do, which is not recorded
 * @param days by organisation and date
 */
public record RestatementResult(long id, List<RestatedDay> days) {
    public RestatementResult {
        days = List.copyOf(days);
    }

    /** What became of a day. */
    public enum DayOutcome {
        /** It has a new rating version. */
        RESTATED,
        /** The day is still open; the request waits. */
        NOT_SEALED,
        /** Rows were added while it was computed, or a transient error occurred; it is as it was and is tried again. */
        CHANGED,
        /** Another run restated it first; it is as that run left it. */
        LOST,
        /** Event rows that its totals count are no longer stored; it stays as it is. */
        INCOMPLETE
    }

    /**
     * A day of the request.
     *
     * @param version its rating version now
     * @param before and after: what it was restated from and to; null unless it was
     */
    public record RestatedDay(
            String orgId,
            LocalDate date,
            DayOutcome outcome,
            int version,
            @Nullable DayTotals before,
            @Nullable DayTotals after) {}

    /** Mid figures of a day; an amount is null while no call has it. */
    public record DayTotals(
            long calls,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterLitres,
            @Nullable BigDecimal co2Kg) {}

    /** How many days had this outcome. */
    public long count(DayOutcome outcome) {
        return days.stream().filter(day -> day.outcome() == outcome).count();
    }
}
