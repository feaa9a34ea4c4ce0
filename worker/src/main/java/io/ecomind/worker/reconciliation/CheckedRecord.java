package io.ecomind.worker.reconciliation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A record of events.raw that must have become something. Immutable.
 *
 * @param orgId empty, like the other texts, when the record cannot be read
 * @param ts null when no event with this identity can have been counted, because the record cannot be read or breaks a
 *     limit of the tables
 * @param receivedAt by the gateway's clock, or Kafka's when that is impossible
 */
record CheckedRecord(
        int partition,
        long offset,
        String orgId,
        String source,
        String id,
        String userId,
        @Nullable Instant ts,
        Instant receivedAt) {}
