package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.v1.ReferenceRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.factors.FactorSetException;
import io.ecomind.jobs.runtime.JobConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Enriches records of events.raw whose results were lost with a Kafka transaction, as the enrichment did: into the
 * ledger's record, rated by the set that was active when the event was received, or a rejection. Not thread-safe.
 *
 * <p>The caller has made sure that the records are missing, and passes them in the order of their offsets: of several with
 * one identity the first is the event, the others are duplicates of it or, with other content, conflicts.
 */
public final class MissingRecordEnricher {
    private final ReferenceData reference = new ReferenceData();
    private final ReadRawRecord reader = new ReadRawRecord();
    private final Map<Tuple2<Long, Long>, FirstSighting> seen = new HashMap<>();
    private final long horizonMicros;

    /** What a record becomes. */
    public enum RepairDisposition {
        /** To be appended to events.enriched. */
        COUNTED,
        /** To be appended to events.rejected. */
        REJECTED,
        /** Nothing: another lost record has its identity. */
        DUPLICATE
    }

    /**
     * What a record becomes, with the record to append.
     *
     * @param detail the reason of a rejection, empty otherwise
     */
    public record EnrichedMissingRecord(
            RepairDisposition disposition,
            String orgId,
            String eventId,
            String detail,
            @Nullable LedgerRecord record) {

        /** For the topic; a duplicate has none. */
        public ProducerRecord<byte[], byte[]> to(String topic) {
            if (record == null) {
                throw new IllegalStateException("a duplicate is not written");
            }
            byte[] key = record.orgId().isEmpty() ? null : record.orgId().getBytes(StandardCharsets.UTF_8);
            return new ProducerRecord<>(topic, record.partition(), key, record.value());
        }
    }

    private MissingRecordEnricher(Duration horizon) {
        this.horizonMicros = horizon.toMillis() * 1000;
    }

    /**
     * An enricher with this reference data.
     *
     * @param reference all values of the topic reference, in their order
     * @throws IllegalStateException when they do not make a whole snapshot: nothing may be rated then
     */
    public static MissingRecordEnricher with(List<byte[]> reference, Duration horizon) {
        var snapshot = new ReferenceSnapshot();
        var records = new MissingRecordEnricher(horizon);
        try {
            for (byte[] value : reference) {
                ReferenceRecord record = ReferenceRecord.parseFrom(value);
                if (record.hasEntry()) {
                    snapshot.accept(record.getEntry());
                } else if (record.hasManifest()) {
                    snapshot.accept(record.getManifest());
                }
            }
            String incomplete = snapshot.incompleteReason();
            if (incomplete != null) {
                throw new IllegalStateException("the reference data is not whole: " + incomplete);
            }
            for (ReferenceChange change : snapshot.inOrder()) {
                records.reference.apply(change);
            }
        } catch (InvalidProtocolBufferException | FactorSetException e) {
            throw new IllegalStateException("the reference data cannot be read: " + e.getMessage(), e);
        }
        return records;
    }

    /** What becomes of a record of events.raw that is no heartbeat. */
    public EnrichedMissingRecord of(ConsumerRecord<byte[], byte[]> record) {
        RawRecordRead raw = reader.read(record);
        if (raw.kind() != RawRecordRead.EVENT) {
            LedgerRecord rejection = JobRejections.ofUnreadable(raw);
            return new EnrichedMissingRecord(
                    RepairDisposition.REJECTED, rejection.orgId(), "", raw.code() + ": " + raw.reason(), rejection);
        }
        UsageEvent event;
        try {
            event = UsageEvent.parseFrom(raw.payload());
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("an event that was read before cannot be read again", impossible);
        }
        var sighting = new FirstSighting(raw.contentHash(), event.getTsMicros(), event.getTsDefaulted());
        var identity = Tuple2.of(raw.identityHigh(), raw.identityLow());
        FirstSighting first = seen.get(identity);
        if (first != null && !isForgotten(first, sighting, raw)) {
            return first.sameContent(sighting)
                    ? new EnrichedMissingRecord(RepairDisposition.DUPLICATE, event.getOrgId(), event.getId(), "", null)
                    : rejected(raw, event, ErrorCode.ID_CONFLICT, "id", "id was used before with other content");
        }
        LedgerRecord enriched = LedgerRecords.of(raw, event, reference, RateCall.BY_CATALOGUE, horizonMicros);
        if (enriched == null) {
            return rejected(
                    raw,
                    event,
                    ErrorCode.UNKNOWN_ORGANISATION,
                    "org_id",
                    "there is no organisation " + event.getOrgId());
        }
        seen.put(identity, sighting);
        return new EnrichedMissingRecord(RepairDisposition.COUNTED, event.getOrgId(), event.getId(), "", enriched);
    }

    /** The job forgets an identity when time has passed its ts by the horizon; with its ts it is one for ever. */
    private boolean isForgotten(FirstSighting first, FirstSighting next, RawRecordRead raw) {
        return first.tsMicros() != next.tsMicros()
                && raw.receivedAtMillis() > (first.tsMicros() + horizonMicros) / 1000 + JobConfig.GRACE.toMillis();
    }

    private static EnrichedMissingRecord rejected(
            RawRecordRead raw, UsageEvent event, ErrorCode code, String field, String message) {
        return new EnrichedMissingRecord(
                RepairDisposition.REJECTED,
                event.getOrgId(),
                event.getId(),
                code.code() + ": " + message,
                JobRejections.ofEvent(raw, event, code, field, message));
    }
}
