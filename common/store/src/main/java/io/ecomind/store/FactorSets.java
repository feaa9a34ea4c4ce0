package io.ecomind.store;

import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.SetRow;
import io.ecomind.footprint.Validity;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Factor sets in the database: their files, and their rows for those who ask in SQL. Stateless; every write is whole or
 * not at all, as far as the caller's transaction is.
 */
public final class FactorSets {
    private static final int BATCH = 5_000;

    private FactorSets() {}

    /**
     * A set as it is stored.
     *
     * @param activeFrom null: since always
     */
    public record Stored(
            String id,
            String methodology,
            @Nullable String replaces,
            String reason,
            String sha256,
            @Nullable Instant activeFrom,
            Instant createdAt,
            int parts) {}

    /** Loads the set that comes with this version unless it is there. Safe to call from several processes. */
    static void loadShipped(DataSource owner) throws SQLException {
        FactorSetFiles files = FactorSetFiles.shipped();
        FactorSet set;
        try {
            set = files.parse();
        } catch (FactorSetException e) {
            throw new IllegalStateException("the shipped factor set: " + String.join("; ", e.problems()), e);
        }
        try (Connection connection = owner.getConnection()) {
            connection.setAutoCommit(false);
            try {
                AdvisoryLock.SHIPPED_FACTORS.lockInTransaction(connection);
                Stored stored = find(connection, set.id()).orElse(null);
                if (stored == null) {
                    // A database that has sets already needs the notice that every task can keep.
                    boolean first = list(connection).isEmpty();
                    insert(connection, files, set, first ? null : Instant.now().plusSeconds(120));
                } else if (!stored.sha256().equals(files.sha256())) {
                    throw new IllegalStateException("factor set " + set.id()
                            + " in the database differs from the shipped one: sets are immutable, give it a new id");
                }
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /**
     * Stores a set that has been read without problems.
     *
     * @param activeFrom at least 60 s ahead; null: since always, for the first set of a database only
     */
    public static void insert(Connection connection, FactorSetFiles files, FactorSet set, @Nullable Instant activeFrom)
            throws SQLException {
        List<FactorSetFiles.Part> parts = files.parts();
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO factor_sets (id, reason, sha256, active_from, methodology, replaces, parts)
                VALUES (?, ?, ?, coalesce(?, '-infinity'::timestamptz), ?, nullif(?, ''), ?)""")) {
            insert.setString(1, set.id());
            insert.setString(2, set.reason());
            insert.setString(3, files.sha256());
            insert.setTimestamp(4, activeFrom == null ? null : Timestamp.from(activeFrom));
            insert.setString(5, set.methodology().id());
            insert.setString(6, set.replaces());
            insert.setInt(7, parts.size());
            insert.executeUpdate();
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO factor_set_parts (factor_set, number, file, text) VALUES (?, ?, ?, ?)")) {
            for (FactorSetFiles.Part part : parts) {
                insert.setString(1, set.id());
                insert.setInt(2, part.number());
                insert.setString(3, part.file());
                insert.setString(4, part.text());
                insert.addBatch();
            }
            insert.executeBatch();
        }
        insertModels(connection, set);
        insertGrid(connection, set);
    }

    /** The set of this id; empty when there is none. */
    public static Optional<Stored> find(Connection connection, String id) throws SQLException {
        return list(connection).stream().filter(set -> set.id().equals(id)).findFirst();
    }

    /** All sets, the one that became or becomes active last first. */
    public static List<Stored> list(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT id, methodology, replaces, reason, sha256, nullif(active_from, '-infinity') AS active_from,
                       created_at, parts
                FROM factor_sets
                ORDER BY factor_sets.active_from DESC, id DESC""");
                ResultSet row = query.executeQuery()) {
            List<Stored> sets = new ArrayList<>();
            while (row.next()) {
                Timestamp activeFrom = row.getTimestamp("active_from");
                sets.add(new Stored(
                        row.getString("id"),
                        row.getString("methodology"),
                        row.getString("replaces"),
                        row.getString("reason"),
                        row.getString("sha256"),
                        activeFrom == null ? null : activeFrom.toInstant(),
                        row.getTimestamp("created_at").toInstant(),
                        row.getInt("parts")));
            }
            return sets;
        }
    }

    /** How many rows of a set the tables show. */
    public record Rows(long models, long gridYears, long gridMonths, long gridHours) {}

    /** Counts the rows of a set. */
    public static Rows rows(Connection connection, String id) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT (SELECT count(*) FROM factors_defaults WHERE factor_set = s.id),
                       (SELECT count(*) FROM grid_intensity WHERE factor_set = s.id AND resolution = 'year'),
                       (SELECT count(*) FROM grid_intensity WHERE factor_set = s.id AND resolution = 'month'),
                       (SELECT count(*) FROM grid_intensity_hourly WHERE factor_set = s.id)
                FROM (VALUES (?)) AS s (id)""")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new Rows(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
            }
        }
    }

    /**
     * Stores a set in a transaction of its own, and returns from when it is active: after the notice, but not before the
     * set that becomes active last.
     *
     * @param worker connections of a role that may add sets
     * @param notice at least 60 s
     */
    public static Instant add(DataSource worker, FactorSetFiles files, FactorSet set, Duration notice)
            throws SQLException {
        try (Connection connection = worker.getConnection()) {
            connection.setAutoCommit(false);
            try {
                // By the database's clock, whose transaction the notice is measured from.
                Instant activeFrom;
                try (PreparedStatement query = connection.prepareStatement("""
                        SELECT greatest(now() + make_interval(secs => ?),
                                        (SELECT max(active_from) + INTERVAL '1 second' FROM factor_sets))""")) {
                    query.setDouble(1, notice.toMillis() / 1e3);
                    try (ResultSet row = query.executeQuery()) {
                        row.next();
                        activeFrom = row.getTimestamp(1).toInstant();
                    }
                }
                insert(connection, files, set, activeFrom);
                connection.commit();
                return activeFrom;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /**
     * The files of a set.
     *
     * @throws FactorSetException when pieces are missing or do not have the stored hash
     */
    public static FactorSetFiles load(Connection connection, Stored set) throws SQLException, FactorSetException {
        SortedMap<Integer, FactorSetFiles.Part> parts = new TreeMap<>();
        try (PreparedStatement query =
                connection.prepareStatement("SELECT number, file, text FROM factor_set_parts WHERE factor_set = ?")) {
            query.setString(1, set.id());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    parts.put(
                            row.getInt(1), new FactorSetFiles.Part(row.getInt(1), row.getString(2), row.getString(3)));
                }
            }
        }
        return FactorSetFiles.join(parts, set.parts(), set.sha256());
    }

    private static void insertModels(Connection connection, FactorSet set) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO factors_defaults (factor_set, provider, model, valid_from, valid_to, basis,
                    kwh_per_call_low, kwh_per_call, kwh_per_call_high, pue, water_l_per_kwh, co2_kg_per_kwh,
                    active_b_min, active_b_max, total_b_min, total_b_max, tps, ttft_s, evidence_tier, source, licence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")) {
            for (FactorRow row : set.rows()) {
                insert.setString(1, set.id());
                insert.setString(2, row.provider());
                insert.setString(3, row.model());
                insert.setObject(4, day(row.validity().fromDay()));
                insert.setObject(5, day(row.validity().toDay()));
                insert.setString(6, row.basis());
                if (row instanceof FactorRow.Flat flat) {
                    numbers(
                            insert,
                            7,
                            flat.kwhLow(),
                            flat.kwhMid(),
                            flat.kwhHigh(),
                            flat.pueRatio(),
                            flat.waterLitresPerKwh(),
                            flat.carbonKgPerKwh());
                    nulls(insert, 13, 6);
                } else if (row instanceof FactorRow.Parametric parametric) {
                    var parameters = parametric.parameters();
                    nulls(insert, 7, 6);
                    numbers(
                            insert,
                            13,
                            parameters.activeBillions().min(),
                            parameters.activeBillions().max(),
                            parameters.totalBillions().min(),
                            parameters.totalBillions().max());
                    insert.setBigDecimal(17, known(parameters.tokensPerSecond()));
                    insert.setBigDecimal(18, known(parameters.timeToFirstTokenSeconds()));
                }
                insert.setInt(19, row.evidenceTier());
                insert.setString(20, row.citation().source());
                insert.setString(21, row.citation().licence());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void insertGrid(Connection connection, FactorSet set) throws SQLException {
        try (PreparedStatement coarse = connection.prepareStatement("""
                        INSERT INTO grid_intensity (factor_set, region, date, resolution, gco2_per_kwh, source, licence)
                        VALUES (?, ?, ?, ?, ?, ?, ?)""");
                PreparedStatement hourly = connection.prepareStatement("""
                        INSERT INTO grid_intensity_hourly (factor_set, zone, start, gco2_per_kwh, source, licence)
                        VALUES (?, ?, ?, ?, ?, ?)""")) {
            int waiting = 0;
            for (SetRow.Grid row : set.gridRows()) {
                boolean hour = row.resolution() == SetRow.Resolution.HOUR;
                PreparedStatement insert = hour ? hourly : coarse;
                insert.setString(1, set.id());
                insert.setString(2, row.zone());
                if (hour) {
                    insert.setTimestamp(3, Timestamp.from(row.start()));
                } else {
                    insert.setObject(3, LocalDate.ofInstant(row.start(), ZoneOffset.UTC));
                    insert.setString(4, row.resolution().name().toLowerCase(Locale.ROOT));
                }
                int next = hour ? 4 : 5;
                insert.setBigDecimal(next, BigDecimal.valueOf(row.gramsPerKwh()));
                insert.setString(next + 1, row.citation().source());
                insert.setString(next + 2, row.citation().licence());
                insert.addBatch();
                if (++waiting == BATCH) {
                    coarse.executeBatch();
                    hourly.executeBatch();
                    waiting = 0;
                }
            }
            coarse.executeBatch();
            hourly.executeBatch();
        }
    }

    private static @Nullable LocalDate day(long epochDay) {
        return epochDay == Validity.ALWAYS.fromDay() || epochDay == Validity.ALWAYS.toDay()
                ? null
                : LocalDate.ofEpochDay(epochDay);
    }

    /** 0 stands for unknown in memory. */
    private static @Nullable BigDecimal known(double value) {
        return value > 0 ? BigDecimal.valueOf(value) : null;
    }

    private static void numbers(PreparedStatement insert, int first, double... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            insert.setBigDecimal(first + i, BigDecimal.valueOf(values[i]));
        }
    }

    private static void nulls(PreparedStatement insert, int first, int count) throws SQLException {
        for (int i = 0; i < count; i++) {
            insert.setBigDecimal(first + i, null);
        }
    }
}
