package io.ecomind.dev.chaos;

import io.ecomind.contracts.Topic;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.enrichment.LedgerRecord;
import io.ecomind.jobs.enrichment.RawRecordRead;
import io.ecomind.jobs.enrichment.ReadRawRecord;
import io.ecomind.jobs.enrichment.WriteLedgerRecord;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.KafkaConnectors;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Builds the enrichment as shipped, or without one of its safeguards. Stateless. */
final class Saboteur {
    private Saboteur() {}

    static void buildEnrichment(StreamExecutionEnvironment env, JobConfig config, Sabotage sabotage) {
        EnrichmentJob.EnrichmentSources sources = EnrichmentJob.EnrichmentSources.kafka(config);
        EnrichmentJob.EnrichmentSinks sinks = EnrichmentJob.EnrichmentSinks.kafka(config);
        if (sabotage == Sabotage.NO_DEDUPE) {
            sources = new EnrichmentJob.EnrichmentSources(
                    KafkaConnectors.source(
                            config, Topic.EVENTS_RAW, KafkaConnectors.ENRICHMENT_GROUP, new EachItsOwnIdentity()),
                    sources.reference(),
                    sources.referenceEnd());
        } else if (sabotage == Sabotage.NO_TRANSACTION) {
            sinks = new EnrichmentJob.EnrichmentSinks(
                    KafkaSink.<LedgerRecord>builder()
                            .setBootstrapServers(config.kafka().bootstrapServers())
                            .setRecordSerializer(new WriteLedgerRecord(Topic.EVENTS_ENRICHED))
                            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                            .build(),
                    sinks.rejected());
        }
        EnrichmentJob.build(env, config, sources, sinks);
    }

    private static final class EachItsOwnIdentity implements KafkaRecordDeserializationSchema<RawRecordRead> {
        private static final long serialVersionUID = 1L;

        private final ReadRawRecord read = new ReadRawRecord();

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RawRecordRead> out)
                throws IOException {
            read.deserialize(record, new Collector<>() {
                @Override
                public void collect(RawRecordRead raw) {
                    out.collect(new RawRecordRead(
                            raw.kind(),
                            raw.partition(),
                            raw.offset(),
                            raw.receivedAtMillis(),
                            raw.partition(),
                            raw.offset(),
                            raw.contentHash(),
                            raw.payload(),
                            raw.code(),
                            raw.reason()));
                }

                @Override
                public void close() {
                    out.close();
                }
            });
        }

        @Override
        public TypeInformation<RawRecordRead> getProducedType() {
            return read.getProducedType();
        }
    }
}
