package io.ecomind.cli.redrive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.IngestTally;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends rejected events through the gateway once more, with their ids and ts. Not thread-safe. */
public final class Redrive {
    /** Items of one request: so many of the largest payloads that are stored stay below the limit of a body. */
    private static final int BATCH = 200;

    private static final int FETCH = 1_000;

    private final DatabaseAddress pipeline;
    private final RedriveFilter filter;
    private final Map<String, JsonNode> changes;

    /**
     * Which rejections; null means any.
     *
     * @param from first moment of the rejection
     * @param to until before it
     */
    public record RedriveFilter(
            @Nullable String orgId,
            @Nullable String code,
            @Nullable String eventId,
            @Nullable Instant from,
            @Nullable Instant to) {}

    /**
     * What was done, or would be.
     *
     * @param selected rejections that the filter fits
     * @param sent those that could be sent; the others are not redrivable
     */
    public record RedriveSummary(long selected, long sent, IngestTally tally) {}

    /** @param changes texts by field, numbers and objects as JSON; {@code null} removes the field */
    public Redrive(DatabaseAddress pipeline, RedriveFilter filter, Map<String, String> changes) {
        this.pipeline = pipeline;
        this.filter = filter;
        Map<String, JsonNode> values = new LinkedHashMap<>();
        changes.forEach((field, value) -> values.put(field, WireEvent.value(value)));
        this.changes = values;
    }

    /**
     * Sends what fits, oldest first.
     *
     * @param client null only lists what would be sent
     * @param say is told, line by line, what is listed and what cannot be sent
     */
    public RedriveSummary run(@Nullable IngestClient client, Consumer<String> say) throws InterruptedException {
        var tally = new IngestTally();
        long selected = 0;
        long sent = 0;
        List<String> batch = new ArrayList<>();
        try (Connection connection = pipeline.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            try (PreparedStatement query = connection.prepareStatement(SELECT)) {
                bind(query);
                query.setFetchSize(FETCH);
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        selected++;
                        if (selected > 1 && changes.containsKey("id")) {
                            throw new CommandException("--set id=… would give several events one id: choose one event");
                        }
                        RejectedEvent row = row(rows);
                        String line = line(row, say);
                        if (line == null) {
                            continue;
                        }
                        sent++;
                        if (client == null) {
                            say.accept("  " + row.place() + " " + row.code() + ": " + line);
                        } else if (batch.size() + 1 == BATCH) {
                            batch.add(line);
                            send(client, batch, tally);
                        } else {
                            batch.add(line);
                        }
                    }
                }
            }
            connection.rollback();
        } catch (SQLException e) {
            throw new CommandException("the rejected events could not be read: " + e.getMessage(), e);
        }
        if (client != null && !batch.isEmpty()) {
            send(client, batch, tally);
        }
        return new RedriveSummary(selected, sent, tally);
    }

    private static void send(IngestClient client, List<String> batch, IngestTally tally) throws InterruptedException {
        tally.add(batch.size(), client.send(batch));
        batch.clear();
    }

    private @Nullable String line(RejectedEvent row, Consumer<String> say) {
        try {
            ObjectNode event = WireEvent.of(row, changes);
            return event.toString();
        } catch (WireEvent.NotRedrivable e) {
            say.accept("  " + row.place() + " " + row.code() + " cannot be redriven: " + e.getMessage());
            return null;
        }
    }

    private static final String SELECT = """
            SELECT rejected_partition, rejected_offset, org_id, rejected_at, origin, code, event_id, payload,
                   payload_truncated
            FROM events_rejected
            WHERE (?::text IS NULL OR org_id = ?)
              AND (?::text IS NULL OR code = ?)
              AND (?::text IS NULL OR event_id = ?)
              AND rejected_at >= ? AND rejected_at < ?
              AND NOT is_summary
            ORDER BY rejected_at, rejected_partition, rejected_offset""";

    private void bind(PreparedStatement query) throws SQLException {
        query.setString(1, filter.orgId());
        query.setString(2, filter.orgId());
        query.setString(3, filter.code());
        query.setString(4, filter.code());
        query.setString(5, filter.eventId());
        query.setString(6, filter.eventId());
        query.setObject(7, utc(filter.from() == null ? Instant.EPOCH : filter.from()));
        // What the gateway rejects now must not come around again.
        query.setObject(8, utc(filter.to() == null ? Instant.now() : filter.to()));
    }

    private static RejectedEvent row(ResultSet row) throws SQLException {
        return new RejectedEvent(
                row.getInt(1),
                row.getLong(2),
                row.getString(3),
                row.getObject(4, OffsetDateTime.class).toInstant(),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getBytes(8),
                row.getBoolean(9));
    }

    private static OffsetDateTime utc(Instant moment) {
        return moment.atOffset(ZoneOffset.UTC);
    }
}
