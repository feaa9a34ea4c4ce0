package io.ecomind.jobs.rebuild;

import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka held, committed, when a rebuild began. Immutable.
 *
 * @param ledgerEnds first offset after it by partition of events.enriched
 * @param rejectionEnds the same of events.rejected
 * @param events records with an event; repeats count
 * @param heartbeats records with a heartbeat
 * @param rejections records of events.rejected
 * @param dayStarts first moment of each local day that an event belongs to, milliseconds since 1970
 * @param heldSinceMillis from this moment of receipt on every record is held; {@link Long#MIN_VALUE} when none was
 *     deleted, {@link Long#MAX_VALUE} when a partition has lost all it had
 * @param throughMillis the received-watermark at the end; {@link Long#MIN_VALUE} while some partition has no heartbeat
 */
record LedgerExtent(
        Map<TopicPartition, Long> ledgerEnds,
        Map<TopicPartition, Long> rejectionEnds,
        long events,
        long heartbeats,
        long rejections,
        SortedMap<OrgDay, Long> dayStarts,
        long heldSinceMillis,
        long throughMillis) {
    long records() {
        return events + heartbeats + rejections;
    }
}
