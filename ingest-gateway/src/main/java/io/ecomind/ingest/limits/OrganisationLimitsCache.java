package io.ecomind.ingest.limits;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.ecomind.usage.OrganisationCalendar;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up what the plan and the time zones of an organisation say. Thread-safe. What was read is used at once and read again
 * in the background when it is older than {@link #REFRESH}; while the database is away the last answer serves, and before
 * the first one days of UTC, the smallest plan's number of rejections, and the largest one's of names, since a name that
 * is replaced is lost.
 */
public final class OrganisationLimitsCache {
    private static final Logger log = LoggerFactory.getLogger(OrganisationLimitsCache.class);
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration UNUSED = Duration.ofHours(1);
    private static final int MAX_ORGANISATIONS = 50_000;

    /** Before the database has answered. */
    static final OrganisationLimits UNKNOWN =
            new OrganisationLimits(new OrganisationCalendar(new TreeMap<>()), 100, 1_000, 200_000, 5_000, 20_000);

    private final DataSource database;
    private final LoadingCache<String, OrganisationLimits> limits;

    public OrganisationLimitsCache(DataSource database) {
        this.database = database;
        this.limits = Caffeine.newBuilder()
                .maximumSize(MAX_ORGANISATIONS)
                .expireAfterAccess(UNUSED)
                .refreshAfterWrite(REFRESH)
                .build(this::read);
    }

    /** The limits of an organisation. */
    public OrganisationLimits of(String orgId) {
        try {
            return limits.get(orgId);
        } catch (LookupFailedException unavailable) {
            limits.put(orgId, UNKNOWN);
            return UNKNOWN;
        }
    }

    /** The database does not answer; a value that was read before stays. */
    private static final class LookupFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LookupFailedException(SQLException cause) {
            super(cause);
        }
    }

    private OrganisationLimits read(String orgId) {
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement("""
                        SELECT rejections_per_minute, rejections_per_day, users_per_day, models_per_day,
                               projects_per_day, zones_from, zones
                        FROM ingest_limits(?)""")) {
            query.setString(1, orgId);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? fromRow(orgId, row) : UNKNOWN;
            }
        } catch (SQLException e) {
            throw new LookupFailedException(e);
        }
    }

    private static OrganisationLimits fromRow(String orgId, ResultSet row) throws SQLException {
        return new OrganisationLimits(
                calendar(orgId, (Date[]) row.getArray("zones_from").getArray(), (String[])
                        row.getArray("zones").getArray()),
                row.getLong("rejections_per_minute"),
                row.getLong("rejections_per_day"),
                row.getLong("users_per_day"),
                row.getLong("models_per_day"),
                row.getLong("projects_per_day"));
    }

    private static OrganisationCalendar calendar(String orgId, Date[] from, String[] names) {
        var zones = new TreeMap<LocalDate, String>();
        for (int i = 0; i < from.length; i++) {
            zones.put(from[i].toLocalDate(), names[i]);
        }
        return OrganisationCalendar.ofNames(
                zones,
                unknown -> log.atError()
                        .addKeyValue("orgId", orgId)
                        .addKeyValue("zone", unknown)
                        .log("a stored time zone is unknown and left out"));
    }
}
