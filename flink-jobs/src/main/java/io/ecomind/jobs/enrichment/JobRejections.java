package io.ecomind.jobs.enrichment;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.usage.RecordKey;
import io.ecomind.usage.UsageField;
import io.ecomind.usage.UsageRules;
import org.jspecify.annotations.Nullable;

/** Builds the records of events.rejected that the job writes. Stateless. */
public final class JobRejections {
    private JobRejections() {}

    /** A record of events.raw that is no RawRecord: its organisation is that of its key. */
    static RawRecordRead undecodable(
            int partition, long offset, long appendedAtMillis, byte @Nullable [] key, byte[] value, String reason) {
        return unreadable(
                partition,
                offset,
                appendedAtMillis,
                ErrorCode.UNDECODABLE,
                Rejection.newBuilder().setOrgId(RecordKey.organisationOf(key)).setMessage(reason),
                value);
    }

    /** A record of events.raw that is no valid event. It keeps the names that can be shown, so that it can be found. */
    static RawRecordRead invalid(
            int partition,
            long offset,
            long appendedAtMillis,
            byte @Nullable [] key,
            byte[] value,
            UsageEvent event,
            String field,
            String reason) {
        String orgId = valid(UsageField.ORG_ID, event.getOrgId());
        return unreadable(
                partition,
                offset,
                appendedAtMillis,
                ErrorCode.INVALID_RECORD,
                Rejection.newBuilder()
                        .setOrgId(orgId.isEmpty() ? RecordKey.organisationOf(key) : orgId)
                        .setField(field)
                        .setMessage(reason)
                        .setSource(valid(UsageField.SOURCE, event.getSource()))
                        .setEventId(valid(UsageField.ID, event.getId()))
                        .setUserId(valid(UsageField.USER_ID, event.getUserId())),
                value);
    }

    /** The rejection that an unreadable record carries, for the topic. */
    static LedgerRecord ofUnreadable(RawRecordRead raw) {
        try {
            return new LedgerRecord(
                    raw.partition(), Rejection.parseFrom(raw.payload()).getOrgId(), raw.payload());
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("an unreadable record does not carry its rejection", impossible);
        }
    }

    private static RawRecordRead unreadable(
            int partition,
            long offset,
            long appendedAtMillis,
            ErrorCode code,
            Rejection.Builder rejection,
            byte[] value) {
        rejection
                .setOrigin("job")
                .setCode(code.code())
                .setRejectedAtMicros(appendedAtMillis * 1000)
                .setRawPartition(partition)
                .setRawOffset(offset)
                .setPayload(cut(value))
                .setPayloadTruncated(value.length > Limits.MAX_REJECTED_PAYLOAD_BYTES);
        return RawRecordRead.unreadable(
                partition,
                offset,
                appendedAtMillis,
                rejection.build().toByteArray(),
                code.code(),
                rejection.getMessage());
    }

    private static String valid(UsageField field, String value) {
        return UsageRules.ofString(field, value) == null ? value : "";
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
