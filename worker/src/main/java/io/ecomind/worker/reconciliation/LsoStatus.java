package io.ecomind.worker.reconciliation;

import java.time.Duration;

/**
 * The state of the last stable offsets of events.enriched. Immutable.
 *
 * @param lagRecords records behind the last stable offsets, over all partitions
 * @param unchangedFor how long the slowest of the partitions that lag has not moved
 */
record LsoStatus(long lagRecords, Duration unchangedFor) {}
