package io.ecomind.api.reconciliation;

import io.ecomind.api.http.Page;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether an organisation's totals agree with what was accepted. Immutable.
 *
 * @param disputedDays days that are not sealed because their two entries differ
 */
record ReconciliationReport(
        CheckedThrough status, MissingCounts counts, List<LocalDate> disputedDays, Page<MissingEvent> page) {

    /**
     * How far the check is.
     *
     * @param checkedAt when records were checked last, null before the first time
     * @param reconciledThrough everything received before it has been checked, null while that is not known
     */
    record CheckedThrough(
            @Nullable Instant checkedAt, @Nullable Instant reconciledThrough) {}

    /** Events that are missing, and those that were and are not any more. */
    record MissingCounts(long missing, long resolved) {}
}
