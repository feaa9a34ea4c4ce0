package io.ecomind.jobs.enrichment;

import com.google.protobuf.ByteString;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;

/** Builds the records of events.rejected that the job writes. Stateless. */
public final class JobRejections {
    private JobRejections() {}

    static LedgerRecord ofUnreadable(RawRecordRead raw) {
        Rejection rejection = Rejection.newBuilder()
                .setOrigin("job")
                .setCode(raw.code())
                .setMessage(raw.reason())
                .setRejectedAtMicros(raw.receivedAtMillis() * 1000)
                .setRawPartition(raw.partition())
                .setRawOffset(raw.offset())
                .setPayload(cut(raw.payload()))
                .setPayloadTruncated(raw.payload().length > Limits.MAX_REJECTED_PAYLOAD_BYTES)
                .build();
        return new LedgerRecord(raw.partition(), "", rejection.toByteArray());
    }

    static LedgerRecord ofEvent(RawRecordRead raw, UsageEvent event, ErrorCode code, String field, String message) {
        Rejection rejection = Rejection.newBuilder()
                .setOrigin("job")
                .setOrgId(event.getOrgId())
                .setCode(code.code())
                .setField(field)
                .setMessage(message)
                .setSource(event.getSource())
                .setEventId(event.getId())
                .setUserId(event.getUserId())
                .setRejectedAtMicros(event.getReceivedAtMicros())
                .setRawPartition(raw.partition())
                .setRawOffset(raw.offset())
                .setPayload(cut(raw.payload()))
                .setPayloadTruncated(raw.payload().length > Limits.MAX_REJECTED_PAYLOAD_BYTES)
                .build();
        return new LedgerRecord(raw.partition(), event.getOrgId(), rejection.toByteArray());
    }

    private static ByteString cut(byte[] payload) {
        return ByteString.copyFrom(payload, 0, Math.min(payload.length, Limits.MAX_REJECTED_PAYLOAD_BYTES));
    }
}
