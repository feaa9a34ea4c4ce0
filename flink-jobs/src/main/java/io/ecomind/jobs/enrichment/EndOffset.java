package io.ecomind.jobs.enrichment;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import java.io.Serializable;

/** Where the reference topic ends at this moment. */
@FunctionalInterface
public interface EndOffset extends Serializable {
    /** The offset after the last record. */
    long get();

    /** Reads the end from Kafka at each call. */
    static EndOffset ofReferenceTopic(KafkaSettings kafkaSettings) {
        return () -> {
            try (var kafka = new KafkaLogReader(kafkaSettings)) {
                return kafka.ends(Topic.REFERENCE).getOrDefault(0, 0L);
            }
        };
    }
}
