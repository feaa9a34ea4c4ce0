package io.ecomind.jobs.projection;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.usage.RecordKey;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Reads events.rejected; what cannot be read there becomes a rejection itself. */
public final class ReadRejections implements KafkaRecordDeserializationSchema<RejectionEntry> {
    private static final Set<String> ORIGINS = Set.of("gateway", "job", "projection");
    private static final byte[] NOTHING = {};

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RejectionEntry> out) {
        byte[] value = record.value() == null ? NOTHING : record.value();
        out.collect(new RejectionEntry(
                record.partition(), record.offset(), readable(value, record.timestamp(), record.key())));
    }

    private static byte[] readable(byte[] value, long appendedAtMillis, byte @Nullable [] key) {
        try {
            Rejection rejection = Rejection.parseFrom(value);
            if (ORIGINS.contains(rejection.getOrigin())) {
                return value;
            }
        } catch (InvalidProtocolBufferException unreadable) {
            // Falls through: an undecodable record becomes a rejection itself.
        }
        return Rejection.newBuilder()
                .setOrigin("job")
                .setOrgId(RecordKey.organisationOf(key))
                .setCode(ErrorCode.UNDECODABLE.code())
                .setMessage("events.rejected holds a record that is no rejection")
                .setRejectedAtMicros(appendedAtMillis * 1000)
                .setPayload(ByteString.copyFrom(value, 0, Math.min(value.length, Limits.MAX_REJECTED_PAYLOAD_BYTES)))
                .setPayloadTruncated(value.length > Limits.MAX_REJECTED_PAYLOAD_BYTES)
                .build()
                .toByteArray();
    }

    @Override
    public TypeInformation<RejectionEntry> getProducedType() {
        return TypeInformation.of(RejectionEntry.class);
    }
}
