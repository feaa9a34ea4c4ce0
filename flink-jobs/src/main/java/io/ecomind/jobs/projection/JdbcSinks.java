package io.ecomind.jobs.projection;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.totals.DailyControlKey;
import io.ecomind.jobs.totals.TotalColumns;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.JdbcStatementBuilder;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;

/** Sinks whose rows are idempotent by key, so that writing one again after a recovery changes nothing. Stateless. */
public final class JdbcSinks {
    private static final int MAX_TEXT = 1_024;

    private static final String CONTROL_KEY = "org_id, date, user_id, project, provider, model, region, factor_set";

    private static final String UPSERT_CONTROL = "INSERT INTO daily_control (" + CONTROL_KEY + ", " + TotalColumns.NAMES
            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, " + TotalColumns.PLACES + ") ON CONFLICT (" + CONTROL_KEY
            + ") DO UPDATE SET " + TotalColumns.REPLACED;

    /**
     * A group of equal rejections is one row: the record that ends it adds the count to the row of the first. Both come from
     * one partition, so one writer sees them in their order; where the first has left Kafka the last becomes the row.
     */
    private static final String COUNT_GROUP = """
            WITH counted AS (
                UPDATE events_rejected
                SET occurrences = greatest(occurrences, ?), last_at = greatest(last_at, ?::timestamptz)
                WHERE org_id = ? AND group_id = ?
                RETURNING 1
            )
            """;

    private static final String INSERT = """
            INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code,
                field, message, source, event_id, user_id, item_index, raw_partition, raw_offset, payload,
                payload_truncated, group_id, occurrences, last_at, is_summary)
            SELECT ?, ?, ?, ?::timestamptz, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::timestamptz, ?
            WHERE NOT EXISTS (SELECT FROM counted)
            ON CONFLICT DO NOTHING""";

    private static final String INSERT_REJECTION = COUNT_GROUP + INSERT;

    private static final String INSERT_COUNTED = COUNT_GROUP + ", added AS (" + INSERT
            + " RETURNING 1) UPDATE rebuilds SET rejections_added = rejections_added + 1 FROM added WHERE id = ?";

    /** The end of the year 9999: nothing that a list could show lies behind it. */
    private static final long LATEST_MICROS = 253_402_300_799_000_000L;

    private JdbcSinks() {}

    static Sink<UsageSum> dailyControl(JobConfig config) {
        return sink(config, UPSERT_CONTROL, JdbcSinks::setControl);
    }

    static Sink<RejectionEntry> eventsRejected(JobConfig config) {
        return sink(config, INSERT_REJECTION, JdbcSinks::setRejection);
    }

    /** The same for a rebuild, which counts the rows that are new. */
    static Sink<RejectionEntry> eventsRejected(JobConfig config, long rebuild) {
        return sink(config, INSERT_COUNTED, (row, entry) -> {
            setRejection(row, entry);
            row.setLong(25, rebuild);
        });
    }

    /** A sink for a statement that changes nothing when a row comes again. */
    public static <T> Sink<T> sink(JobConfig config, String sql, JdbcStatementBuilder<T> row) {
        return JdbcSink.<T>builder()
                .withQueryStatement(sql, row)
                .withExecutionOptions(JdbcExecutionOptions.builder()
                        .withBatchSize(500)
                        .withBatchIntervalMs(500)
                        .withMaxRetries(5)
                        .build())
                .buildAtLeastOnce(new JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
                        .withUrl(config.database().jdbcUrl())
                        .withDriverName("org.postgresql.Driver")
                        .withUsername(config.database().user())
                        .withPassword(config.database().password().value())
                        .build());
    }

    private static void setControl(PreparedStatement row, UsageSum sum) throws SQLException {
        DailyControlKey key = DailyControlKey.fromText(sum.key());
        row.setString(1, key.orgId());
        row.setObject(2, LocalDate.ofEpochDay(key.epochDay()));
        row.setString(3, key.userId());
        row.setString(4, key.project());
        row.setString(5, key.provider());
        row.setString(6, key.model());
        row.setString(7, key.region());
        row.setString(8, key.factorSet());
        TotalColumns.set(row, 9, sum.totals());
    }

    private static void setRejection(PreparedStatement row, RejectionEntry entry) throws SQLException {
        Rejection rejection;
        try {
            rejection = Rejection.parseFrom(entry.rejection());
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("the source hands on readable rejections only", impossible);
        }
        String orgId = storable(rejection.getOrgId());
        boolean grouped = !rejection.getGroupId().isEmpty();
        long occurrences = Math.max(1, rejection.getOccurrences());
        Timestamp rejectedAt = timestamp(rejection.getRejectedAtMicros());
        Timestamp lastAt =
                grouped ? timestamp(Math.max(rejection.getRejectedAtMicros(), rejection.getLastAtMicros())) : null;
        row.setLong(1, occurrences);
        row.setTimestamp(2, lastAt);
        row.setString(3, orgId);
        row.setString(4, grouped ? storable(rejection.getGroupId()) : null);

        row.setInt(5, entry.partition());
        row.setLong(6, entry.offset());
        row.setString(7, orgId);
        row.setTimestamp(8, rejectedAt);
        row.setString(9, rejection.getOrigin());
        row.setString(10, storable(rejection.getCode()));
        row.setString(11, storable(rejection.getField()));
        row.setString(12, storable(rejection.getMessage()));
        row.setString(13, storable(rejection.getSource()));
        row.setString(14, storable(rejection.getEventId()));
        row.setString(15, storable(rejection.getUserId()));
        setOptional(row, 16, rejection.hasItemIndex(), rejection.getItemIndex(), Types.INTEGER);
        setOptional(row, 17, rejection.hasRawPartition(), rejection.getRawPartition(), Types.INTEGER);
        setOptional(row, 18, rejection.hasRawOffset(), rejection.getRawOffset(), Types.BIGINT);
        row.setBytes(19, rejection.getPayload().toByteArray());
        row.setBoolean(20, rejection.getPayloadTruncated());
        row.setString(21, grouped ? storable(rejection.getGroupId()) : null);
        row.setLong(22, occurrences);
        row.setTimestamp(23, lastAt);
        row.setBoolean(24, rejection.getSummary());
    }

    private static Timestamp timestamp(long micros) {
        return Timestamp.from(Instant.EPOCH.plus(Math.max(0, Math.min(micros, LATEST_MICROS)), ChronoUnit.MICROS));
    }

    private static void setOptional(PreparedStatement row, int index, boolean present, Object value, int type)
            throws SQLException {
        if (present) {
            row.setObject(index, value, type);
        } else {
            row.setNull(index, type);
        }
    }

    /** A rejected field may have any content: PostgreSQL's text has no NUL, and the list of rejections needs no megabytes. */
    private static String storable(String text) {
        String clean = text.replace('\0', '\uFFFD');
        return clean.length() <= MAX_TEXT ? clean : clean.substring(0, clean.offsetByCodePoints(0, MAX_TEXT / 2)) + "…";
    }
}
