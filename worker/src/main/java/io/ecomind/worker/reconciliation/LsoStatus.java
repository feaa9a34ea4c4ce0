package io.ecomind.worker.reconciliation;

import java.time.Duration;

/**
 * How the last stable offsets of events.enriched are. Immutable.
 *
 * @param lagRecords records behind the last stable offsets, over all partitions
 * @param stalledFor how long the slowest of the partitions that lag has not moved
 */
record LsoStatus(long lagRecords, Duration stalledFor) {}
