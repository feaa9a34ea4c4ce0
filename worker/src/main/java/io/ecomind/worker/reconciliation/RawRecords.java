package io.ecomind.worker.reconciliation;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Reads values of events.raw as far as the check needs them. Stateless; never throws on bad input. */
final class RawRecords {
    /** Far below the end of PostgreSQL's timestamps; the enrichment rejects a ts beyond it. */
    private static final Instant LATEST_TS = Instant.parse("2200-01-01T00:00:00Z");

    private RawRecords() {}

    /** Null when it cannot be parsed. */
    static @Nullable RawRecord parse(ConsumerRecord<byte[], byte[]> record) {
        try {
            return record.value() == null ? null : RawRecord.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            // Its offset must be among the rejected; the check asks for that.
            return null;
        }
    }

    static CheckedRecord candidate(ConsumerRecord<byte[], byte[]> record, @Nullable RawRecord raw) {
        Instant appended = Instant.ofEpochMilli(record.timestamp());
        if (raw == null || !raw.hasEvent()) {
            return new CheckedRecord(record.partition(), record.offset(), "", "", "", "", null, appended);
        }
        UsageEvent event = raw.getEvent();
        Instant received = moment(event.getReceivedAtMicros());
        Instant ts = moment(event.getTsMicros());
        boolean countable = !ts.isBefore(Limits.OLDEST_TS)
                && ts.isBefore(LATEST_TS)
                && Stream.of(event.getOrgId(), event.getSource(), event.getId()).allMatch(RawRecords::isStorable);
        return new CheckedRecord(
                record.partition(),
                record.offset(),
                storable(event.getOrgId()),
                storable(event.getSource()),
                storable(event.getId()),
                storable(event.getUserId()),
                countable ? ts : null,
                // The enrichment rejects a receipt further ahead at once: such a record waits for no organisation.
                isPossible(received, record) ? received : appended);
    }

    /** The enrichment rejects a heartbeat from the future, so it does not advance the watermark. */
    static boolean isHeartbeat(ConsumerRecord<byte[], byte[]> record, @Nullable RawRecord raw) {
        return raw != null
                && raw.hasHeartbeat()
                && isPossible(moment(raw.getHeartbeat().getReceivedAtMicros()), record);
    }

    private static boolean isPossible(Instant received, ConsumerRecord<byte[], byte[]> record) {
        return received.isAfter(Instant.EPOCH)
                && !received.isAfter(Instant.ofEpochMilli(record.timestamp())
                        .plus(Limits.MAX_RECEIPT_AHEAD)
                        .plusMillis(1));
    }

    static Instant moment(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static boolean isStorable(String text) {
        return text.indexOf('\0') < 0 && text.length() <= 2 * Limits.MAX_USER_ID;
    }

    private static String storable(String text) {
        return isStorable(text) ? text : "";
    }
}
