package io.ecomind.jobs.daily;

/**
 * One record of events.enriched. Immutable.
 *
 * @param partition its partition
 * @param offset its offset
 * @param heartbeatMillis for a heartbeat, the moment of receipt that it speaks of; {@link #NO_HEARTBEAT} otherwise
 * @param late the event was received after the horizon; false for heartbeats
 * @param event the EnrichedEvent in protobuf form; empty for heartbeats
 */
public record LedgerEntry(int partition, long offset, long heartbeatMillis, boolean late, byte[] event) {
    public static final long NO_HEARTBEAT = -1;

    boolean isHeartbeat() {
        return heartbeatMillis != NO_HEARTBEAT;
    }
}
