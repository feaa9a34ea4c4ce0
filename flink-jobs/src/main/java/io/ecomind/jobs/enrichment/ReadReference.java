package io.ecomind.jobs.enrichment;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Emits the bytes of each record of the reference topic with its offset. */
public final class ReadReference implements KafkaRecordDeserializationSchema<ReferenceRead> {
    private static final byte[] NOTHING = {};

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<ReferenceRead> out) {
        out.collect(new ReferenceRead(record.offset(), record.value() == null ? NOTHING : record.value()));
    }

    @Override
    public TypeInformation<ReferenceRead> getProducedType() {
        return TypeInformation.of(ReferenceRead.class);
    }
}
