package io.ecomind.jobs.projection;

import com.google.protobuf.ByteString;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Rows that the tables cannot hold, however often it is tried. */
final class UnstorableRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The end of the year 9999: nothing that a list could show lies behind it. */
    private static final long LATEST_MICROS = 253_402_300_799_000_000L;

    UnstorableRecordException(Exception cause) {
        super(reason(cause), cause);
    }

    /** The record for events.rejected. It is the same each time, so that a second one is recognised. */
    Rejection rejectionOf(EnrichedEvent enriched) {
        UsageEvent event = enriched.getEvent();
        byte[] payload = event.toByteArray();
        return Rejection.newBuilder()
                .setOrigin("projection")
                .setOrgId(event.getOrgId())
                .setCode(ErrorCode.NOT_STORABLE.code())
                .setField(column())
                .setMessage(String.valueOf(getMessage()))
                .setSource(event.getSource())
                .setEventId(event.getId())
                .setUserId(event.getUserId())
                .setRejectedAtMicros(Math.max(0, Math.min(event.getReceivedAtMicros(), LATEST_MICROS)))
                .setRawPartition(enriched.getRawPartition())
                .setRawOffset(enriched.getRawOffset())
                .setPayload(
                        ByteString.copyFrom(payload, 0, Math.min(payload.length, Limits.MAX_REJECTED_PAYLOAD_BYTES)))
                .setPayloadTruncated(payload.length > Limits.MAX_REJECTED_PAYLOAD_BYTES)
                .build();
    }

    /** The server's first line only: its details quote whole rows. */
    private static String reason(Exception cause) {
        ServerErrorMessage server = server(cause);
        String text = server == null ? cause.getMessage() : server.getMessage();
        String state = cause instanceof SQLException sql ? " (SQLSTATE " + sql.getSQLState() + ")" : "";
        return "the tables cannot hold it: " + text + state;
    }

    private String column() {
        ServerErrorMessage server = server(getCause());
        String column = server == null ? null : server.getColumn();
        return column == null ? "" : column;
    }

    private static @Nullable ServerErrorMessage server(@Nullable Throwable cause) {
        return cause instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    }
}
