package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.Topic;
import java.io.Serializable;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Where the reference topic ends at this moment. */
@FunctionalInterface
public interface EndOffset extends Serializable {
    /** The offset after the last record. */
    long get();

    /** Asks Kafka. */
    static EndOffset ofReferenceTopic(String bootstrapServers) {
        return () -> {
            var properties = new Properties();
            properties.put("bootstrap.servers", bootstrapServers);
            try (var consumer =
                    new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                var partition = new TopicPartition(Topic.REFERENCE.topicName(), 0);
                return consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            }
        };
    }
}
