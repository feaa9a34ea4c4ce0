package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
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
        out.collect(read(record));
    }

    /** Reads one record. */
    RawRecordRead read(ConsumerRecord<byte[], byte[]> record) {
        return read(record.partition(), record.offset(), record.timestamp(), record.key(), record.value());
    }

    /** Reads one value; {@code appendedAtMillis} is the time of Kafka's broker at the append. */
    RawRecordRead read(
            int partition, long offset, long appendedAtMillis, byte @Nullable [] key, byte @Nullable [] value) {
        if (value == null) {
            return JobRejections.undecodable(partition, offset, appendedAtMillis, key, new byte[0], "empty record");
        }
        RawRecord raw;
        try {
            raw = RawRecord.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            return JobRejections.undecodable(partition, offset, appendedAtMillis, key, value, "not a RawRecord");
        }
        Problem problem = switch (raw.getBodyCase()) {
            case EVENT -> problemOf(raw.getEvent(), appendedAtMillis);
            case HEARTBEAT -> receiptProblem(raw.getHeartbeat().getReceivedAtMicros(), appendedAtMillis);
            case BODY_NOT_SET -> new Problem("", "neither an event nor a heartbeat");
        };
        if (problem != null) {
            return JobRejections.invalid(
                    partition, offset, appendedAtMillis, key, value, raw.getEvent(), problem.field, problem.message);
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

    /** Why a record that can be decoded is refused; the field is empty when no single one is to blame. */
    private record Problem(String field, String message) {}

    private static @Nullable Problem problemOf(UsageEvent event, long appendedAtMillis) {
        Problem receipt = receiptProblem(event.getReceivedAtMicros(), appendedAtMillis);
        if (receipt != null) {
            return receipt;
        }
        if (!TsBounds.isPossible(event.getTsMicros(), event.getReceivedAtMicros())) {
            return new Problem(
                    "ts",
                    "ts_micros must be from " + Limits.OLDEST_TS + " to " + Limits.MAX_AHEAD.toMinutes()
                            + " minutes after receipt, was " + event.getTsMicros());
        }
        if (event.getOrgId().isEmpty() || event.getId().isEmpty()) {
            return new Problem("", "org_id and id are required");
        }
        String keyId = event.getApiKeyId();
        if (keyId.length() > MAX_API_KEY_ID || PrintableStrings.findIllegalCharacter(keyId, false) != null) {
            return new Problem(
                    "",
                    "api_key_id must be at most " + MAX_API_KEY_ID + " characters without control characters, was "
                            + PrintableStrings.quoted(keyId));
        }
        Violation violation = UsageRules.findViolation(event);
        return violation == null ? null : new Problem(violation.field().wireName(), violation.message());
    }

    private static @Nullable Problem receiptProblem(long receivedAtMicros, long appendedAtMillis) {
        if (receivedAtMicros <= 0 || receivedAtMicros / 1000 > appendedAtMillis + MAX_AHEAD_MILLIS) {
            return new Problem(
                    "",
                    "received_at_micros must not be after the append at " + appendedAtMillis + " ms, was "
                            + receivedAtMicros);
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
