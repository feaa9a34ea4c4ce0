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
 * Monitors the last stable offset of events.enriched. While a checkpoint's transaction is open, for some seconds, the
 * offset is behind the end of the topic. When it does not move for long, a transaction was left open, and no reader of
 * committed records gets past it. Not thread-safe.
 */
final class LastStableOffsetMonitor {
    private static final Logger log = LoggerFactory.getLogger(LastStableOffsetMonitor.class);

    private final Duration alarm;
    private final Map<Integer, UnmovedOffset> unmoved = new HashMap<>();
    private @Nullable Instant alarmedAt;

    /** A last stable offset and since when it has not moved. */
    private record UnmovedOffset(long stableEnd, Instant since) {}

    /** @param alarm how long a lagging offset may stand still before it is an error */
    LastStableOffsetMonitor(Duration alarm) {
        this.alarm = alarm;
    }

    /** Compares the last stable offsets with the ends; logs an error when one has not moved for long. */
    LsoStatus check(KafkaLogReader kafka, Instant now) {
        Map<Integer, Long> stable = kafka.stableEnds(Topic.EVENTS_ENRICHED);
        Map<Integer, Long> ends = kafka.ends(Topic.EVENTS_ENRICHED);
        long lag = 0;
        Map<Integer, UnmovedOffset> unchanged = new TreeMap<>();
        Duration longest = Duration.ZERO;
        for (var end : ends.entrySet()) {
            int partition = end.getKey();
            long stableEnd = stable.getOrDefault(partition, 0L);
            long behind = Math.max(0, end.getValue() - stableEnd);
            UnmovedOffset before = unmoved.get(partition);
            UnmovedOffset offset = before != null && behind > 0 && before.stableEnd() == stableEnd
                    ? before
                    : new UnmovedOffset(stableEnd, now);
            unmoved.put(partition, offset);
            lag += behind;
            Duration still = Duration.between(offset.since(), now);
            longest = still.compareTo(longest) > 0 ? still : longest;
            if (still.compareTo(alarm) >= 0) {
                unchanged.put(partition, offset);
            }
        }
        if (unchanged.isEmpty()) {
            alarmedAt = null;
        } else if (alarmedAt == null || !now.isBefore(alarmedAt.plus(alarm))) {
            alarmedAt = now;
            StringBuilder offsets = new StringBuilder();
            unchanged.forEach((partition, offset) -> offsets.append(offsets.isEmpty() ? "" : ", ")
                    .append(partition)
                    .append(':')
                    .append(offset.stableEnd()));
            log.atError()
                    .addKeyValue("lastStableOffsets", offsets)
                    .addKeyValue("stalledSeconds", longest.toSeconds())
                    .addKeyValue("transactionalIds", openTransactions(kafka, unchanged.keySet()))
                    .log("a transaction holds up events.enriched: no record behind these offsets reaches the tables");
        }
        return new LsoStatus(lag, longest);
    }

    /** The transactional ids that have a transaction open on the partitions, as far as Kafka tells. */
    static List<String> openTransactions(KafkaLogReader kafka, Iterable<Integer> partitions) {
        try {
            var open = KafkaLogReader.get(kafka.admin()
                    .listTransactions(new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
                    .all());
            List<String> ids =
                    open.stream().map(TransactionListing::transactionalId).toList();
            var holders = new TreeSet<String>();
            KafkaLogReader.get(kafka.admin().describeTransactions(ids).all()).forEach((id, described) -> {
                for (int partition : partitions) {
                    if (described
                            .topicPartitions()
                            .contains(new TopicPartition(Topic.EVENTS_ENRICHED.topicName(), partition))) {
                        holders.add(id);
                    }
                }
            });
            return List.copyOf(holders);
        } catch (KafkaException e) {
            // The alarm matters more than the name; a client may also lack the right to ask.
            return List.of("unknown: " + e.getMessage());
        }
    }
}
