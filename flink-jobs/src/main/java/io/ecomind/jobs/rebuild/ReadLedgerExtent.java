package io.ecomind.jobs.rebuild;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads both topics once before anything is written: which organisations and days they speak of, and how far they go.
 * Used once, by one thread.
 */
final class ReadLedgerExtent {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final byte[] NOTHING = {};

    private final String bootstrapServers;
    private final BiConsumer<Long, Long> progress;

    private final SortedMap<OrgDay, Long> dayStarts = new TreeMap<>();
    private long events;
    private long heartbeats;
    private long rejections;
    private long heldSinceMillis = Long.MIN_VALUE;
    private long throughMillis = Long.MAX_VALUE;
    private long readOffsets;

    /** @param progress gets offsets read and offsets in all, from time to time */
    ReadLedgerExtent(String bootstrapServers, BiConsumer<Long, Long> progress) {
        this.bootstrapServers = bootstrapServers;
        this.progress = progress;
    }

    /** One partition of the ledger: its first record tells since when it is held, its heartbeats how far it goes. */
    private final class Partition implements Consumer<ConsumerRecord<byte[], byte[]>> {
        private final boolean shortened;
        private boolean first = true;
        private long heartbeatMillis = Long.MIN_VALUE;

        private Partition(boolean shortened) {
            this.shortened = shortened;
        }

        @Override
        public void accept(ConsumerRecord<byte[], byte[]> record) {
            EnrichedRecord value;
            try {
                value = EnrichedRecord.parseFrom(record.value() == null ? NOTHING : record.value());
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
            if (first && shortened) {
                heldSinceMillis = Math.max(heldSinceMillis, receivedMillis);
            }
            first = false;
        }

        private void end() {
            if (first && shortened) {
                heldSinceMillis = Long.MAX_VALUE;
            }
            throughMillis =
                    Math.min(throughMillis, heartbeatMillis == Long.MIN_VALUE ? Long.MIN_VALUE : heartbeatMillis - 1);
        }
    }

    LedgerExtent read() {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                "false",
                "auto.offset.reset",
                "earliest",
                "fetch.max.wait.ms",
                "20",
                // The command has to live in a gigabyte, with the job.
                "fetch.max.bytes",
                "8388608",
                "max.partition.fetch.bytes",
                "8388608",
                "max.poll.records",
                "5000");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            // The rejections' ends first: what the ledger's ends leave out, the live job reads.
            Map<TopicPartition, Long> rejectionEnds = ends(consumer, Topic.EVENTS_REJECTED);
            Map<TopicPartition, Long> ledgerEnds = ends(consumer, Topic.EVENTS_ENRICHED);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(ledgerEnds.keySet());
            Map<TopicPartition, Long> rejectionBegins = consumer.beginningOffsets(rejectionEnds.keySet());
            long all = span(begins, ledgerEnds) + span(rejectionBegins, rejectionEnds);
            for (var end : ledgerEnds.entrySet()) {
                var partition = new Partition(begins.getOrDefault(end.getKey(), 0L) > 0);
                read(consumer, end.getKey(), end.getValue(), all, partition);
                partition.end();
            }
            for (var end : rejectionEnds.entrySet()) {
                read(consumer, end.getKey(), end.getValue(), all, record -> rejections++);
            }
            return new LedgerExtent(
                    ledgerEnds,
                    rejectionEnds,
                    events,
                    heartbeats,
                    rejections,
                    dayStarts,
                    heldSinceMillis,
                    throughMillis);
        }
    }

    private static Map<TopicPartition, Long> ends(KafkaConsumer<byte[], byte[]> consumer, Topic topic) {
        return consumer.endOffsets(IntStream.range(0, topic.partitions())
                .mapToObj(p -> new TopicPartition(topic.topicName(), p))
                .toList());
    }

    private static long span(Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .mapToLong(end -> end.getValue() - begins.getOrDefault(end.getKey(), 0L))
                .sum();
    }

    private void read(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long end,
            long all,
            Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long lastMove = System.nanoTime();
        long position = consumer.position(partition);
        // The position also passes transaction markers, which are no records.
        while (position < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
                if (record.offset() < end) {
                    visitor.accept(record);
                }
            }
            long now = consumer.position(partition);
            if (now > position) {
                lastMove = System.nanoTime();
                readOffsets += Math.min(now, end) - position;
                progress.accept(readOffsets, all);
            } else if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
                throw new IllegalStateException(partition + " cannot be read beyond offset " + position + " of " + end
                        + " for " + PATIENCE.toSeconds() + " s");
            }
            position = now;
        }
    }
}
