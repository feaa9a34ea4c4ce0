package io.ecomind.api.rejected;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** A row of events_rejected. Immutable by agreement: nobody writes into the payload. */
@SuppressWarnings("ArrayRecordComponent") // Rows are never compared, and copying 16 KiB for each would be waste.
record Rejected(
        Cursor place,
        String origin,
        String code,
        String field,
        String message,
        String source,
        String eventId,
        String userId,
        @Nullable Integer itemIndex,
        @Nullable Integer rawPartition,
        @Nullable Long rawOffset,
        byte[] payload,
        boolean payloadTruncated) {

    static Rejected fromRow(ResultSet row) throws SQLException {
        Instant rejectedAt = row.getObject("rejected_at", OffsetDateTime.class).toInstant();
        return new Rejected(
                new Cursor(rejectedAt, row.getInt("rejected_partition"), row.getLong("rejected_offset")),
                row.getString("origin"),
                row.getString("code"),
                row.getString("field"),
                row.getString("message"),
                row.getString("source"),
                row.getString("event_id"),
                row.getString("user_id"),
                row.getObject("item_index", Integer.class),
                row.getObject("raw_partition", Integer.class),
                row.getObject("raw_offset", Long.class),
                row.getBytes("payload"),
                row.getBoolean("payload_truncated"));
    }
}
