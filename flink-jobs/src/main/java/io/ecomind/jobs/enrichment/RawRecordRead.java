package io.ecomind.jobs.enrichment;

/**
 * One record of events.raw as the source hands it on. Immutable; the arrays are never changed.
 *
 * @param kind {@link #EVENT}, {@link #HEARTBEAT} or {@link #UNREADABLE}
 * @param partition partition of events.raw
 * @param offset offset in it
 * @param receivedAtMillis what watermarks are made of: the gateway's clock for events and heartbeats, Kafka's append
 *     time for what could not be read
 * @param identityHigh first half of the hash of (org_id, source, id)
 * @param identityLow second half
 * @param contentHash hash of what the sender said, without ts
 * @param payload the UsageEvent of an event; the Rejection of an unreadable record
 * @param code why it is unreadable, empty otherwise
 * @param reason the same for people
 */
public record RawRecordRead(
        int kind,
        int partition,
        long offset,
        long receivedAtMillis,
        long identityHigh,
        long identityLow,
        long contentHash,
        byte[] payload,
        String code,
        String reason) {

    public static final int EVENT = 0;
    public static final int HEARTBEAT = 1;
    public static final int UNREADABLE = 2;

    private static final byte[] NOTHING = {};

    static RawRecordRead heartbeat(int partition, long offset, long receivedAtMillis) {
        return new RawRecordRead(HEARTBEAT, partition, offset, receivedAtMillis, 0, 0, 0, NOTHING, "", "");
    }

    static RawRecordRead unreadable(
            int partition, long offset, long appendedAtMillis, byte[] rejection, String code, String reason) {
        return new RawRecordRead(UNREADABLE, partition, offset, appendedAtMillis, 0, 0, 0, rejection, code, reason);
    }
}
