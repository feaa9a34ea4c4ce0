package io.ecomind.contracts;

import java.util.HashMap;
import java.util.Map;

/**
 * The Kafka topics: name, partitions and retention in one place. Immutable.
 *
 * <p>Retention is by append time ({@code LogAppendTime}), so that neither a tenant's clock nor a replay of old events
 * shortens or stretches it.
 */
public enum Topic {
    /** {@link io.ecomind.contracts.v1.RawRecord}, key {@code org_id} or {@code org_id#shard}. */
    EVENTS_RAW("events.raw", 12, Map.of("cleanup.policy", "delete", "retention.ms", days(35))),

    /**
     * {@link io.ecomind.contracts.v1.EnrichedRecord}, key {@code org_id}. Record {@code p:o} of events.raw goes to
     * partition {@code p} here as well, so both topics need the same number of partitions.
     */
    EVENTS_ENRICHED("events.enriched", 12, Map.of("cleanup.policy", "delete", "retention.ms", days(35))),

    /** {@link io.ecomind.contracts.v1.Rejection}, key {@code org_id}. */
    EVENTS_REJECTED("events.rejected", 12, Map.of("cleanup.policy", "delete", "retention.ms", days(35))),

    /**
     * {@link io.ecomind.contracts.v1.ReferenceRecord}, key the entity's. One partition: the manifest must come after
     * the entries that it counts.
     */
    REFERENCE("reference", 1, Map.of("cleanup.policy", "compact")),

    /**
     * {@link io.ecomind.contracts.v1.UsageTotal}, key the row of the daily table. Compacted, so that a new reader reads
     * each total about once, and deleted like everything else that names a person.
     */
    USAGE_TOTALS(
            "usage.totals",
            12,
            Map.of(
                    "cleanup.policy",
                    "compact,delete",
                    "retention.ms",
                    days(35),
                    // Only closed segments are compacted.
                    "segment.ms",
                    Long.toString(3_600_000L)));

    private final String topicName;
    private final int partitions;
    private final Map<String, String> config;

    Topic(String topicName, int partitions, Map<String, String> config) {
        this.topicName = topicName;
        this.partitions = partitions;
        this.config = config;
    }

    /** The name in Kafka. */
    public String topicName() {
        return topicName;
    }

    /** Number of partitions at creation. */
    public int partitions() {
        return partitions;
    }

    /** Topic settings that do not depend on the size of the cluster. */
    public Map<String, String> config() {
        var all = new HashMap<>(config);
        all.put("message.timestamp.type", "LogAppendTime");
        all.put("unclean.leader.election.enable", "false");
        return Map.copyOf(all);
    }

    private static String days(int days) {
        return Long.toString(days * 86_400_000L);
    }
}
