package io.ecomind.worker.reconciliation;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the last stable offset of events.enriched. It is behind the end while a checkpoint's transaction is open, for
 * some seconds; when it stands still for long, a transaction was left open and nobody reads what comes after it. Not
 * thread-safe.
 */
final class LastStableOffsetMonitor {
    private static final Logger log = LoggerFactory.getLogger(LastStableOffsetMonitor.class);

    private final Duration alarm;
    private final Map<Integer, Stand> stands = new HashMap<>();
    private @Nullable Instant alarmedAt;

    private record Stand(long stableEnd, Instant since) {}

    /**
     * What was seen.
     *
     * @param lagRecords records behind last stable offsets, over all partitions
     * @param stalled how long the slowest of the partitions that lag has not moved
     */
    record Seen(long lagRecords, Duration stalled) {}

    /** @param alarm how long a lagging offset may stand still before it is an error */
    LastStableOffsetMonitor(Duration alarm) {
        this.alarm = alarm;
    }

    Seen look(KafkaLogReader kafka, Instant now) {
        Map<Integer, Long> stable = kafka.stableEnds(Topic.EVENTS_ENRICHED);
        Map<Integer, Long> ends = kafka.ends(Topic.EVENTS_ENRICHED);
        long lag = 0;
        Map<Integer, Stand> stalled = new TreeMap<>();
        Duration longest = Duration.ZERO;
        for (var end : ends.entrySet()) {
            int partition = end.getKey();
            long stableEnd = stable.getOrDefault(partition, 0L);
            long behind = Math.max(0, end.getValue() - stableEnd);
            Stand before = stands.get(partition);
            Stand stand = before != null && behind > 0 && before.stableEnd() == stableEnd
                    ? before
                    : new Stand(stableEnd, now);
            stands.put(partition, stand);
            lag += behind;
            Duration still = Duration.between(stand.since(), now);
            longest = still.compareTo(longest) > 0 ? still : longest;
            if (still.compareTo(alarm) >= 0) {
                stalled.put(partition, stand);
            }
        }
        if (stalled.isEmpty()) {
            alarmedAt = null;
        } else if (alarmedAt == null || !now.isBefore(alarmedAt.plus(alarm))) {
            alarmedAt = now;
            StringBuilder places = new StringBuilder();
            stalled.forEach((partition, stand) -> places.append(places.isEmpty() ? "" : ", ")
                    .append(partition)
                    .append(':')
                    .append(stand.stableEnd()));
            log.atError()
                    .addKeyValue("lastStableOffsets", places)
                    .addKeyValue("stalledSeconds", longest.toSeconds())
                    .addKeyValue("transactionalIds", openTransactions(kafka, stalled.keySet()))
                    .log("a transaction holds up events.enriched: nothing behind these offsets reaches the tables");
        }
        return new Seen(lag, longest);
    }

    /** Who has a transaction open on the partitions, as far as Kafka tells. */
    static List<String> openTransactions(KafkaLogReader kafka, Iterable<Integer> partitions) {
        try {
            var open = KafkaLogReader.get(kafka.admin()
                    .listTransactions(new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
                    .all());
            List<String> ids =
                    open.stream().map(TransactionListing::transactionalId).toList();
            var concerned = new TreeSet<String>();
            KafkaLogReader.get(kafka.admin().describeTransactions(ids).all()).forEach((id, described) -> {
                for (int partition : partitions) {
                    if (described
                            .topicPartitions()
                            .contains(new TopicPartition(Topic.EVENTS_ENRICHED.topicName(), partition))) {
                        concerned.add(id);
                    }
                }
            });
            return List.copyOf(concerned);
        } catch (KafkaException e) {
            // The alarm matters more than the name; a client may also lack the right to ask.
            return List.of("unknown: " + e.getMessage());
        }
    }
}
