package io.ecomind.cli.verify;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.contracts.Topic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * The status of the reconciliation, which the worker runs all the time. Immutable.
 *
 * @param checkedAt null before its first round
 * @param through everything received before it is checked; null while that is not known
 * @param missing records of events.raw that are missing at present
 * @param disputedDays days that are not sealed because their two entries differ
 */
public record Reconciled(
        @Nullable Instant checkedAt, @Nullable Instant through, long missing, long disputedDays) {
    /** Asks the tables. */
    public static Reconciled read(DatabaseAddress pipeline) {
        try (Connection connection = pipeline.dataSource().getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT checked_at, reconciled_through, count_missing(), count_disputed()"
                                + " FROM reconciliation_status(?)")) {
            query.setInt(1, Topic.EVENTS_RAW.partitions());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new Reconciled(
                        instant(row.getObject(1, OffsetDateTime.class)),
                        instant(row.getObject(2, OffsetDateTime.class)),
                        row.getLong(3),
                        row.getLong(4));
            }
        } catch (SQLException e) {
            throw new CommandException("the status of the reconciliation could not be read: " + e.getMessage(), e);
        }
    }

    /** In one line. */
    public String line() {
        String disputed = disputedDays == 0 ? "" : "; " + disputedDays + " days in dispute";
        if (checkedAt == null) {
            return "reconciliation: has checked nothing yet" + disputed;
        }
        return "reconciliation: last checked " + checkedAt
                + (through == null ? "" : ", everything received before " + through) + "; " + missing + " missing"
                + disputed;
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime moment) {
        return moment == null ? null : moment.toInstant();
    }
}
