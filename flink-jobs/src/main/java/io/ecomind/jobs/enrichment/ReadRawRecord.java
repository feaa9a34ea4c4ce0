package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes of events.raw. Never throws on bad input: whatever somebody wrote there becomes an event, a heartbeat
 * or an unreadable record with its reason.
 *
 * <p>The gateway has checked all this before. It is checked again because a record that came another way must not
 * break a total, and because a receipt far in the future would move the watermark past everybody's open days.
 */
public final class ReadRawRecord implements KafkaRecordDeserializationSchema<RawRecordRead> {
    private static final long MAX_AHEAD_MILLIS = Limits.MAX_RECEIPT_AHEAD.toMillis();
    private static final long MIN_TS_MICROS = Limits.OLDEST_TS.toEpochMilli() * 1000;

    private transient @Nullable MessageDigest sha256;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RawRecordRead> out) {
        out.collect(read(record.partition(), record.offset(), record.timestamp(), record.value()));
    }

    /** The same for one value; {@code appendedAtMillis} is Kafka's clock at the append. */
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

    /** What a retry may change is left out: the moment, the key that it came with, and ts, which is compared apart. */
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
        long latestTs = event.getReceivedAtMicros() + Limits.MAX_AHEAD.toMillis() * 1000 + 1_000_000;
        if (event.getTsMicros() < MIN_TS_MICROS || event.getTsMicros() > latestTs) {
            return "ts_micros must be from " + Limits.OLDEST_TS + " to 15 min after receipt, was "
                    + event.getTsMicros();
        }
        if (event.getOrgId().isEmpty() || event.getId().isEmpty()) {
            return "org_id and id are required";
        }
        if (event.getUserId().isEmpty() || event.getProvider().isEmpty()) {
            return "user_id and provider are required";
        }
        String tooLong = lengthProblem(event);
        if (tooLong != null) {
            return tooLong;
        }
        String metadata = MetadataCheck.problemOf(event.getMetadataJson());
        if (metadata != null) {
            return metadata;
        }
        return countsProblem(event);
    }

    /** What a table or one of its keys could not hold would stop the projection for everybody. */
    private static @Nullable String lengthProblem(UsageEvent event) {
        boolean fits = fits(event.getOrgId(), Limits.MAX_SOURCE)
                && fits(event.getSource(), Limits.MAX_SOURCE)
                && fits(event.getId(), Limits.MAX_ID)
                && fits(event.getUserId(), Limits.MAX_USER_ID)
                && fits(event.getProvider(), Limits.MAX_PROVIDER)
                && fits(event.getModel(), Limits.MAX_MODEL)
                && fits(event.getRegion(), Limits.MAX_REGION)
                && fits(event.getProject(), Limits.MAX_PROJECT)
                && fits(event.getEnvironment(), Limits.MAX_ENVIRONMENT)
                && fits(event.getNodeType(), Limits.MAX_NODE_TYPE)
                && fits(event.getModality(), Limits.MAX_SOURCE)
                && fits(event.getStatus(), Limits.MAX_STATUS)
                && fits(event.getApiKeyId(), Limits.MAX_SOURCE);
        if (!fits) {
            return "a text is longer than its field's limit or contains NUL";
        }
        int names = event.getUserIdBytes().size()
                + event.getProjectBytes().size()
                + event.getProviderBytes().size()
                + event.getModelBytes().size()
                + event.getRegionBytes().size();
        if (names > Limits.MAX_NAMES_BYTES) {
            return "user_id, project, provider, model and region must be at most " + Limits.MAX_NAMES_BYTES
                    + " bytes together, were " + names;
        }
        return null;
    }

    private static boolean fits(String text, int maxCharacters) {
        return text.codePointCount(0, text.length()) <= maxCharacters && text.indexOf('\0') < 0;
    }

    private static @Nullable String countsProblem(UsageEvent event) {
        long[] counts = {
            event.getTokensIn(),
            event.getTokensOut(),
            event.getTokensCacheRead(),
            event.getTokensCacheWrite(),
            event.getTokensReasoning(),
            event.getUnits(),
            event.getLatencyMs()
        };
        for (long count : counts) {
            if (count < 0 || count > Limits.MAX_TOKENS) {
                return "counts must be 0.." + Limits.MAX_TOKENS + ", one was " + count;
            }
        }
        if (event.getTokensCacheRead() + event.getTokensCacheWrite() > event.getTokensIn()) {
            return "tokens_cache_read and tokens_cache_write must not be more than tokens_in, were "
                    + event.getTokensCacheRead() + " and " + event.getTokensCacheWrite() + " of " + event.getTokensIn();
        }
        if (event.getTokensReasoning() > event.getTokensOut()) {
            return "tokens_reasoning must not be more than tokens_out, was " + event.getTokensReasoning() + " of "
                    + event.getTokensOut();
        }
        return null;
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
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("SHA-256 is part of every Java runtime", e);
            }
        }
        return sha256;
    }

    @Override
    public TypeInformation<RawRecordRead> getProducedType() {
        return TypeInformation.of(RawRecordRead.class);
    }
}
