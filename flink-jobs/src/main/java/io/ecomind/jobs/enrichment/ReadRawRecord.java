package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Sha256;
import io.ecomind.usage.PrintableStrings;
import io.ecomind.usage.TsBounds;
import io.ecomind.usage.UsageRules;
import io.ecomind.usage.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes of events.raw. Never throws on bad input: each value becomes an event, a heartbeat or an unreadable
 * record with its reason.
 *
 * <p>The gateway has applied the same {@link UsageRules}. They are applied again because a producer other than the gateway
 * must not write what the tables cannot store, and because a receipt far in the future would move the watermark past the
 * open days of every organisation.
 */
public final class ReadRawRecord implements KafkaRecordDeserializationSchema<RawRecordRead> {
    private static final long MAX_AHEAD_MILLIS = Limits.MAX_RECEIPT_AHEAD.toMillis();
    private static final int MAX_API_KEY_ID = 64;

    private transient @Nullable MessageDigest sha256;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RawRecordRead> out) {
        out.collect(read(record.partition(), record.offset(), record.timestamp(), record.value()));
    }

    /** Reads one value; {@code appendedAtMillis} is the time of Kafka's broker at the append. */
    RawRecordRead read(int partition, long offset, long appendedAtMillis, byte @Nullable [] value) {
        if (value == null) {
            return RawRecordRead.unreadable(
                    partition, offset, appendedAtMillis, new byte[0], ErrorCode.UNDECODABLE.code(), "empty record");
        }
        RawRecord raw;
        try {
            raw = RawRecord.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            return RawRecordRead.unreadable(
                    partition, offset, appendedAtMillis, value, ErrorCode.UNDECODABLE.code(), "not a RawRecord");
        }
        String problem = switch (raw.getBodyCase()) {
            case EVENT -> problemOf(raw.getEvent(), appendedAtMillis);
            case HEARTBEAT -> receiptProblem(raw.getHeartbeat().getReceivedAtMicros(), appendedAtMillis);
            case BODY_NOT_SET -> "neither an event nor a heartbeat";
        };
        if (problem != null) {
            return RawRecordRead.unreadable(
                    partition, offset, appendedAtMillis, value, ErrorCode.INVALID_RECORD.code(), problem);
        }
        if (raw.hasHeartbeat()) {
            return RawRecordRead.heartbeat(partition, offset, raw.getHeartbeat().getReceivedAtMicros() / 1000);
        }
        byte[] payload = WireFields.message(value, RawRecord.EVENT_FIELD_NUMBER);
        return event(
                partition,
                offset,
                raw.getEvent(),
                payload == null ? raw.getEvent().toByteArray() : payload);
    }

    private RawRecordRead event(int partition, long offset, UsageEvent event, byte[] payload) {
        ByteBuffer identity = ByteBuffer.wrap(identityHash(event));
        return new RawRecordRead(
                RawRecordRead.EVENT,
                partition,
                offset,
                event.getReceivedAtMicros() / 1000,
                identity.getLong(),
                identity.getLong(),
                contentHash(payload),
                payload,
                "",
                "");
    }

    private byte[] identityHash(UsageEvent event) {
        MessageDigest digest = digest();
        for (String part : List.of(event.getOrgId(), event.getSource(), event.getId())) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            // The parts cannot contain NUL, so no two identities share their bytes.
            digest.update((byte) 0);
        }
        return digest.digest();
    }

    /** Leaves out what a retry may change: the receipt, the API key, and ts, which is compared separately. */
    private long contentHash(byte[] payload) {
        MessageDigest digest = digest();
        WireFields.forEach(payload, (field, from, length) -> {
            if (field != UsageEvent.RECEIVED_AT_MICROS_FIELD_NUMBER
                    && field != UsageEvent.API_KEY_ID_FIELD_NUMBER
                    && field != UsageEvent.TS_MICROS_FIELD_NUMBER
                    && field != UsageEvent.TS_DEFAULTED_FIELD_NUMBER) {
                digest.update(payload, from, length);
            }
        });
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static @Nullable String problemOf(UsageEvent event, long appendedAtMillis) {
        String receipt = receiptProblem(event.getReceivedAtMicros(), appendedAtMillis);
        if (receipt != null) {
            return receipt;
        }
        if (!TsBounds.isPossible(event.getTsMicros(), event.getReceivedAtMicros())) {
            return "ts_micros must be from " + Limits.OLDEST_TS + " to " + Limits.MAX_AHEAD.toMinutes()
                    + " minutes after receipt, was " + event.getTsMicros();
        }
        if (event.getOrgId().isEmpty() || event.getId().isEmpty()) {
            return "org_id and id are required";
        }
        String keyId = event.getApiKeyId();
        if (keyId.length() > MAX_API_KEY_ID || PrintableStrings.findIllegalCharacter(keyId, false) != null) {
            return "api_key_id must be at most " + MAX_API_KEY_ID + " characters without control characters, was "
                    + PrintableStrings.quoted(keyId);
        }
        Violation violation = UsageRules.findViolation(event);
        return violation == null ? null : violation.message();
    }

    private static @Nullable String receiptProblem(long receivedAtMicros, long appendedAtMillis) {
        if (receivedAtMicros <= 0 || receivedAtMicros / 1000 > appendedAtMillis + MAX_AHEAD_MILLIS) {
            return "received_at_micros must not be after the append at " + appendedAtMillis + " ms, was "
                    + receivedAtMicros;
        }
        return null;
    }

    private MessageDigest digest() {
        if (sha256 == null) {
            sha256 = Sha256.digest();
        }
        return sha256;
    }

    @Override
    public TypeInformation<RawRecordRead> getProducedType() {
        return TypeInformation.of(RawRecordRead.class);
    }
}
