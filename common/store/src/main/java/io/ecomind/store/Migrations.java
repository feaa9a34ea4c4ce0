package io.ecomind.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Brings a database to the schema of this version. Needs the owner's role. Forward only.
 *
 * <p>Where the extension timescaledb can be created, time-partitioned tables become hypertables; elsewhere PostgreSQL's
 * own partitions serve. The choice is made at the first migration and stays.
 */
public final class Migrations {
    private Migrations() {}

    /**
     * Migrates, makes the partitions that are missing, and loads the time zones and the shipped factor set; does nothing
     * when all of it is there.
     */
    public static void run(DataSource owner) throws SQLException {
        boolean timescale = choosesTimescale(owner);
        if (timescale) {
            execute(owner, "CREATE EXTENSION IF NOT EXISTS timescaledb");
        }
        flyway(owner, timescale).migrate();
        storeTimeZones(owner);
        execute(owner, "SELECT maintain_time_partitions()");
        FactorSets.loadShipped(owner);
    }

    /** The migrations that {@link #run} would apply, in their order; empty when there is nothing to do. */
    public static List<String> pending(DataSource owner) throws SQLException {
        return Arrays.stream(flyway(owner, choosesTimescale(owner)).info().pending())
                .map(migration -> migration.getScript())
                .toList();
    }

    private static Flyway flyway(DataSource owner, boolean timescale) {
        return Flyway.configure()
                .dataSource(owner)
                .locations("classpath:db/migration")
                .placeholders(Map.of(
                        "time_path", timescale ? "timescaledb" : "native",
                        "partition_by_ts", timescale ? "" : "PARTITION BY RANGE (ts)",
                        "partition_by_date", timescale ? "" : "PARTITION BY RANGE (date)"))
                .load();
    }

    private static boolean choosesTimescale(DataSource owner) throws SQLException {
        if (exists(owner, "SELECT to_regclass('public.time_partitioning') IS NOT NULL")) {
            return exists(owner, "SELECT EXISTS (SELECT FROM time_partitioning WHERE path = 'timescaledb')");
        }
        return exists(owner, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')");
    }

    /** Zones that PostgreSQL does not know are no use either: its functions make days with them. */
    private static void storeTimeZones(DataSource owner) throws SQLException {
        try (Connection connection = owner.getConnection();
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO time_zones (zone)
                        SELECT name FROM pg_timezone_names WHERE name = ANY (?)
                        ON CONFLICT DO NOTHING""")) {
            insert.setArray(
                    1,
                    connection.createArrayOf(
                            "text", ZoneId.getAvailableZoneIds().toArray()));
            insert.executeUpdate();
        }
    }

    private static boolean exists(DataSource owner, String query) throws SQLException {
        try (Connection connection = owner.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void execute(DataSource owner, String sql) throws SQLException {
        try (Connection connection = owner.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
