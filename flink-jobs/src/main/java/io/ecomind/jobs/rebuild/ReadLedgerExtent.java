package io.ecomind.jobs.rebuild;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.connect.KafkaLogReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads both topics once before anything is written: which organisations and days have events, and how far the topics go.
 * Used once, by one thread.
 */
final class ReadLedgerExtent {
    private final KafkaSettings kafkaSettings;
    private final BiConsumer<Long, Long> progress;

    private final SortedMap<OrgDay, Long> dayStarts = new TreeMap<>();
    private long events;
    private long heartbeats;
    private long rejections;
    private long heldSinceMillis = Long.MIN_VALUE;
    private long throughMillis = Long.MAX_VALUE;
    private long readOffsets;

    /** @param progress gets offsets read and offsets in all, from time to time */
    ReadLedgerExtent(KafkaSettings kafkaSettings, BiConsumer<Long, Long> progress) {
        this.kafkaSettings = kafkaSettings;
        this.progress = progress;
    }

    /** One partition of the ledger: its first record gives the moment since which it is complete, its heartbeats the watermark at its end. */
    private final class LedgerPartition {
        private final boolean truncated;
        private boolean first = true;
        private long heartbeatMillis = Long.MIN_VALUE;

        private LedgerPartition(boolean truncated) {
            this.truncated = truncated;
        }

        private void accept(byte[] bytes) {
            EnrichedRecord value;
            try {
                value = EnrichedRecord.parseFrom(bytes);
            } catch (InvalidProtocolBufferException leftOut) {
                // The job leaves it out too, with an error in its log and a counter.
                return;
            }
            long receivedMillis;
            switch (value.getBodyCase()) {
                case EVENT -> {
                    EnrichedEvent event = value.getEvent();
                    events++;
                    receivedMillis = event.getEvent().getReceivedAtMicros() / 1000;
                    dayStarts.put(
                            new OrgDay(event.getEvent().getOrgId(), LocalDate.ofEpochDay(event.getLocalEpochDay())),
                            event.getDayStartMillis());
                }
                case HEARTBEAT -> {
                    heartbeats++;
                    receivedMillis = value.getHeartbeat().getReceivedAtMicros() / 1000;
                    heartbeatMillis = Math.max(heartbeatMillis, receivedMillis);
                }
                default -> {
                    return;
                }
            }
            if (first && truncated) {
                heldSinceMillis = Math.max(heldSinceMillis, receivedMillis);
            }
            first = false;
        }

        private void end() {
            if (first && truncated) {
                heldSinceMillis = Long.MAX_VALUE;
            }
            throughMillis =
                    Math.min(throughMillis, heartbeatMillis == Long.MIN_VALUE ? Long.MIN_VALUE : heartbeatMillis - 1);
        }
    }

    LedgerExtent read() {
        try (var kafka = new KafkaLogReader(kafkaSettings)) {
            // The rejections' ends first: the live job reads what is behind the ledger's ends.
            SortedMap<Integer, Long> rejectionEnds = kafka.stableEnds(Topic.EVENTS_REJECTED);
            SortedMap<Integer, Long> ledgerEnds = kafka.stableEnds(Topic.EVENTS_ENRICHED);
            SortedMap<Integer, Long> ledgerBegins = kafka.begins(Topic.EVENTS_ENRICHED);
            long all = offsets(ledgerBegins, ledgerEnds) + offsets(kafka.begins(Topic.EVENTS_REJECTED), rejectionEnds);
            ledgerEnds.forEach((number, end) -> {
                var partition = new LedgerPartition(ledgerBegins.getOrDefault(number, 0L) > 0);
                kafka.read(
                        Topic.EVENTS_ENRICHED,
                        number,
                        end,
                        (p, offset, value) -> partition.accept(value),
                        passed -> advance(passed, all));
                partition.end();
            });
            rejectionEnds.forEach((number, end) -> kafka.read(
                    Topic.EVENTS_REJECTED,
                    number,
                    end,
                    (p, offset, value) -> rejections++,
                    passed -> advance(passed, all)));
            return new LedgerExtent(
                    byPartition(Topic.EVENTS_ENRICHED, ledgerEnds),
                    byPartition(Topic.EVENTS_REJECTED, rejectionEnds),
                    events,
                    heartbeats,
                    rejections,
                    dayStarts,
                    heldSinceMillis,
                    throughMillis);
        }
    }

    private void advance(long passed, long all) {
        readOffsets += passed;
        progress.accept(readOffsets, all);
    }

    private static Map<TopicPartition, Long> byPartition(Topic topic, Map<Integer, Long> ends) {
        Map<TopicPartition, Long> named = new HashMap<>();
        ends.forEach((partition, end) -> named.put(new TopicPartition(topic.topicName(), partition), end));
        return named;
    }

    private static long offsets(Map<Integer, Long> begins, Map<Integer, Long> ends) {
        return ends.entrySet().stream()
                .mapToLong(end -> end.getValue() - begins.getOrDefault(end.getKey(), 0L))
                .sum();
    }
}
