package io.ecomind.worker.reconciliation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the check has come and what is wrong now. Immutable.
 *
 * @param checkedAt when a range was checked last, by whichever process; null before the first
 * @param reconciledThrough everything received before it is checked; null while some partition has no such moment
 * @param missing records of events.raw that are neither counted nor rejected
 */
public record ReconciliationStatus(
        @Nullable Instant checkedAt, @Nullable Instant reconciledThrough, long missing, long disputedDays) {}
