package io.ecomind.worker.reconciliation;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Rejection;
import java.time.Instant;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads events.rejected for records of events.raw that a job has rejected. Stateless. */
final class RejectedOffsets {
    private RejectedOffsets() {}

    /**
     * The offsets among the given ones of a partition of events.raw that are rejected. A rejection has the partition of
     * its record.
     *
     * @param since the rejections were appended at this moment or later
     */
    static Set<Long> find(KafkaLogReader kafka, int partition, Set<Long> rawOffsets, Instant since) {
        Set<Long> found = new HashSet<>();
        long end = kafka.stableEnds(Topic.EVENTS_REJECTED).getOrDefault(partition, 0L);
        OptionalLong from = kafka.offsetAt(Topic.EVENTS_REJECTED, partition, since);
        if (from.isPresent()) {
            kafka.readFrom(
                    Topic.EVENTS_REJECTED,
                    partition,
                    from.getAsLong(),
                    end,
                    () -> found.size() == rawOffsets.size(),
                    (number, offset, value) -> {
                        Long rejected = rawOffset(partition, value);
                        if (rejected != null && rawOffsets.contains(rejected)) {
                            found.add(rejected);
                        }
                    });
        }
        return found;
    }

    private static @Nullable Long rawOffset(int partition, byte[] value) {
        try {
            Rejection rejection = Rejection.parseFrom(value);
            // The gateway's rejections have no offset; the jobs' rejections have one.
            return rejection.hasRawOffset() && rejection.getRawPartition() == partition
                    ? rejection.getRawOffset()
                    : null;
        } catch (InvalidProtocolBufferException e) {
            // It names no record of events.raw; the projection lists it as undecodable.
            return null;
        }
    }
}
