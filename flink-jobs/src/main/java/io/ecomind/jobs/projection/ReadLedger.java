package io.ecomind.jobs.projection;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.v1.EnrichedRecord;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads events.enriched. Only the enrichment writes there; a record that it cannot have written is left out, logged as
 * an error with its place and counted ({@code unreadableLedgerRecords}), so that it stops nobody's totals.
 */
public final class ReadLedger implements KafkaRecordDeserializationSchema<LedgerEntry> {
    private static final Logger log = LoggerFactory.getLogger(ReadLedger.class);
    private static final byte[] NOTHING = {};

    private transient @Nullable Counter unreadable;

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        unreadable = context.getMetricGroup().counter("unreadableLedgerRecords");
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<LedgerEntry> out) {
        try {
            EnrichedRecord value = EnrichedRecord.parseFrom(record.value() == null ? NOTHING : record.value());
            switch (value.getBodyCase()) {
                case EVENT ->
                    out.collect(new LedgerEntry(
                            record.partition(), record.offset(), LedgerEntry.NO_HEARTBEAT, value.getEvent()));
                case HEARTBEAT ->
                    out.collect(new LedgerEntry(
                            record.partition(),
                            record.offset(),
                            value.getHeartbeat().getReceivedAtMicros() / 1000,
                            null));
                case BODY_NOT_SET -> leaveOut(record);
            }
        } catch (InvalidProtocolBufferException e) {
            leaveOut(record);
        }
    }

    private void leaveOut(ConsumerRecord<byte[], byte[]> record) {
        log.atError()
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .log("events.enriched holds a record that is no ledger record");
        if (unreadable != null) {
            unreadable.inc();
        }
    }

    @Override
    public TypeInformation<LedgerEntry> getProducedType() {
        return TypeInformation.of(LedgerEntry.class);
    }
}
