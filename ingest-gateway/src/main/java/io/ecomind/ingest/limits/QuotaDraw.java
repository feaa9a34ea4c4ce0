package io.ecomind.ingest.limits;

/**
 * What was drawn from a quota, and what is left. Immutable.
 *
 * @param taken how many were granted
 * @param minuteLeft what the bucket has now; {@link Long#MAX_VALUE} without a limit
 * @param dayLeft what the day has now; {@link Long#MAX_VALUE} without a limit
 * @param waitMillis until the bucket has as many as were asked for
 * @param fullMillis until the bucket is full
 */
record QuotaDraw(long taken, long minuteLeft, long dayLeft, long waitMillis, long fullMillis) {}
