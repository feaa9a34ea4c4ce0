package io.ecomind.cli.redrive;

import java.time.Instant;

/**
 * A row of events_rejected. Immutable.
 *
 * @param partition place in the topic events.rejected
 * @param orgId empty when it could not be read
 * @param origin gateway or job
 * @param payload what was sent, cut when {@code truncated}
 */
record RejectedEvent(
        int partition,
        long offset,
        String orgId,
        Instant rejectedAt,
        String origin,
        String code,
        String eventId,
        byte[] payload,
        boolean truncated) {
    String place() {
        return partition + ":" + offset;
    }
}
