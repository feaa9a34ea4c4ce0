package io.ecomind.cli.verify;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.cli.profile.Installation;
import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.RawRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Finds the records of events.raw that are lost, from the topics alone: the enrichment has passed them, no transaction
 * that could hold their results is open, and neither events.enriched nor events.rejected has them. Stateless.
 */
public final class MissingRecords {
    private MissingRecords() {}

    /**
     * What was found.
     *
     * @param records in the order of (partition, offset)
     * @param undecided records that may still be waiting for their organisation
     */
    public record FoundRecords(List<ConsumerRecord<byte[], byte[]>> records, long undecided) {}

    /**
     * Waits until the enrichment has read past the present ends of events.raw and every transaction below is decided, then
     * searches.
     *
     * @throws io.ecomind.cli.profile.CommandException when that takes longer than two minutes without progress
     */
    public static FoundRecords find(Installation installation, Consumer<String> say) {
        try (var progress = new ProjectionProgress(installation.kafka(), installation.database("pipeline"))) {
            KafkaLogReader kafka = progress.kafka();
            Map<Integer, Long> begins = kafka.begins(Topic.EVENTS_RAW);
            Map<Integer, Long> ends = kafka.ends(Topic.EVENTS_RAW);
            progress.awaitEnriched(ends, say);
            Map<Integer, Long> enrichedEnds = progress.awaitCommitted(Topic.EVENTS_ENRICHED, say);
            Map<Integer, Long> rejectedEnds = progress.awaitCommitted(Topic.EVENTS_REJECTED, say);
            Map<Integer, OffsetRange> ranges = new TreeMap<>();
            ends.forEach((partition, end) ->
                    ranges.put(partition, new OffsetRange(begins.getOrDefault(partition, 0L), end)));
            var log = new LogClassifier(Selection.ALL, ranges);
            Map<Integer, Long> heartbeatMicros = new HashMap<>();
            say.accept("reading events.rejected");
            kafka.read(Topic.EVENTS_REJECTED, rejectedEnds, log::rejected);
            say.accept("reading events.enriched");
            kafka.read(Topic.EVENTS_ENRICHED, enrichedEnds, (partition, offset, value) -> {
                log.enriched(partition, offset, value);
                heartbeatMicros.merge(partition, heartbeatMicros(value), Math::max);
            });
            say.accept("reading events.raw");
            kafka.read(Topic.EVENTS_RAW, ends, log::raw);
            return found(kafka, ranges, log.missingOffsets(), heartbeatMicros);
        }
    }

    /** All values of the topic reference, in their order. */
    public static List<byte[]> reference(Installation installation) {
        try (var kafka = new KafkaLogReader(installation.kafka())) {
            return kafka.values(Topic.REFERENCE, 0, kafka.ends(Topic.REFERENCE).getOrDefault(0, 0L));
        }
    }

    private static FoundRecords found(
            KafkaLogReader kafka,
            Map<Integer, OffsetRange> ranges,
            OffsetSet missing,
            Map<Integer, Long> heartbeatMicros) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long undecided = 0;
        var none = new OffsetSet(ranges);
        for (int partition : ranges.keySet()) {
            Set<Long> offsets = new HashSet<>();
            missing.forEachNotIn(none, partition, offsets::add);
            long decidedMicros =
                    heartbeatMicros.getOrDefault(partition, 0L) - Limits.ORGANISATION_HOLD.toMillis() * 1000;
            for (ConsumerRecord<byte[], byte[]> record : kafka.pick(Topic.EVENTS_RAW, partition, offsets)) {
                if (receivedMicros(record) < decidedMicros) {
                    records.add(record);
                } else {
                    undecided++;
                }
            }
        }
        return new FoundRecords(records, undecided);
    }

    private static long heartbeatMicros(byte[] value) {
        try {
            EnrichedRecord record = EnrichedRecord.parseFrom(value);
            return record.hasHeartbeat() ? record.getHeartbeat().getReceivedAtMicros() : 0;
        } catch (InvalidProtocolBufferException e) {
            // The classifier lists it; it tells no time.
            return 0;
        }
    }

    /** A record that cannot be read, or has an impossible receipt, is rejected at once: it waits for no organisation. */
    private static long receivedMicros(ConsumerRecord<byte[], byte[]> record) {
        try {
            RawRecord raw = RawRecord.parseFrom(record.value() == null ? new byte[0] : record.value());
            long received = raw.getEvent().getReceivedAtMicros();
            long latest = (record.timestamp() + Limits.MAX_RECEIPT_AHEAD.toMillis()) * 1000 + 999;
            return raw.hasEvent() && received <= latest ? received : Long.MIN_VALUE;
        } catch (InvalidProtocolBufferException e) {
            return Long.MIN_VALUE;
        }
    }
}
