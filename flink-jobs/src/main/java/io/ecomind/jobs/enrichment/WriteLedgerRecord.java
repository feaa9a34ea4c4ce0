package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.Topic;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Writes records to the partition that they name. */
public final class WriteLedgerRecord implements KafkaRecordSerializationSchema<LedgerRecord> {
    private final String topic;

    public WriteLedgerRecord(Topic topic) {
        this.topic = topic.topicName();
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            LedgerRecord record, KafkaSinkContext context, @Nullable Long timestamp) {
        byte[] key = record.orgId().isEmpty() ? null : record.orgId().getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(topic, record.partition(), key, record.value());
    }
}
