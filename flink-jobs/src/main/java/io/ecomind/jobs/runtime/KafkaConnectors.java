package io.ecomind.jobs.runtime;

import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Topic;
import java.util.Map;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;

/** Kafka sources and sinks with the settings that exactly-once needs. Stateless. */
public final class KafkaConnectors {
    /** Consumer group whose committed offsets on events.raw tell how far the enrichment is. */
    public static final String ENRICHMENT_GROUP = ConsumerGroups.ENRICHMENT;

    /** Consumer group of the projection. */
    public static final String DAILY_GROUP = ConsumerGroups.DAILY;

    private KafkaConnectors() {}

    /** Reads a topic from its beginning or from the restored offsets, and only what has been committed. */
    public static <T> KafkaSource<T> source(
            JobConfig config, Topic topic, String group, KafkaRecordDeserializationSchema<T> schema) {
        return KafkaSource.<T>builder()
                .setProperties(config.kafka().properties())
                .setTopics(topic.topicName())
                .setGroupId(group)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(schema)
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setProperty("commit.offsets.on.checkpoint", "true")
                // Partitions are part of the contract; discovery would only reassign them under running state.
                .setProperty("partition.discovery.interval.ms", "-1")
                .build();
    }

    /** Reads a topic from its beginning to the given offsets, and commits none: a group's offsets are the live job's. */
    public static <T> KafkaSource<T> boundedSource(
            JobConfig config, Topic topic, Map<TopicPartition, Long> ends, KafkaRecordDeserializationSchema<T> schema) {
        return KafkaSource.<T>builder()
                .setProperties(config.kafka().properties())
                .setTopics(topic.topicName())
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setBounded(OffsetsInitializer.offsets(ends))
                .setDeserializer(schema)
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setProperty("partition.discovery.interval.ms", "-1")
                .build();
    }

    /** Writes in transactions that commit with the checkpoint. */
    public static <T> KafkaSink<T> exactlyOnceSink(
            JobConfig config, String name, KafkaRecordSerializationSchema<T> schema) {
        return KafkaSink.<T>builder()
                .setBootstrapServers(config.kafka().bootstrapServers())
                .setKafkaProducerConfig(config.kafka().properties())
                .setRecordSerializer(schema)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(config.transactionalIdPrefix() + "-" + name)
                .setProperty(
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        Long.toString(config.transactionTimeout().toMillis()))
                .setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4")
                .setProperty(ProducerConfig.LINGER_MS_CONFIG, "20")
                .setProperty(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(256 * 1024))
                .build();
    }
}
