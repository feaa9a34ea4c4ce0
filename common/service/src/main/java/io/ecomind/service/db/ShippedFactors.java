package io.ecomind.service.db;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import javax.sql.DataSource;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/** Loads the factor set that comes with this version, whole or not at all. Safe to call from several processes. */
final class ShippedFactors {
    private static final String SET = "seed-2026.1";
    private static final String REASON =
            "First set: flat factors per call for well-known models, yearly country grids.";

    private ShippedFactors() {}

    static void load(DataSource owner) throws SQLException {
        String factors = read("/factors/seed-2026.1/factors_defaults.csv");
        String grid = read("/factors/seed-2026.1/grid_intensity.csv");
        String hash = sha256(factors + grid);
        try (Connection connection = owner.getConnection()) {
            connection.setAutoCommit(false);
            try {
                if (insertSet(connection, hash)) {
                    insertFactors(connection, parse(factors));
                    insertGrid(connection, parse(grid));
                } else {
                    checkHash(connection, hash);
                }
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private static boolean insertSet(Connection connection, String hash) throws SQLException {
        try (PreparedStatement lock =
                        connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtext('shipped_factors'))");
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO factor_sets (id, reason, sha256, active_from)
                        SELECT ?, ?, ?,
                               CASE WHEN EXISTS (SELECT FROM factor_sets) THEN now() + INTERVAL '2 minutes'
                                    ELSE '-infinity' END
                        WHERE NOT EXISTS (SELECT FROM factor_sets WHERE id = ?)""")) {
            lock.execute();
            insert.setString(1, SET);
            insert.setString(2, REASON);
            insert.setString(3, hash);
            insert.setString(4, SET);
            return insert.executeUpdate() == 1;
        }
    }

    private static void checkHash(Connection connection, String hash) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT sha256 FROM factor_sets WHERE id = ?")) {
            query.setString(1, SET);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next() || !row.getString(1).equals(hash)) {
                    throw new IllegalStateException("factor set " + SET
                            + " in the database differs from the shipped one: sets are immutable, give it a new id");
                }
            }
        }
    }

    private static void insertFactors(Connection connection, List<CSVRecord> rows) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO factors_defaults (factor_set, provider, model, valid_from, basis, kwh_per_call, pue,
                    water_l_per_kwh, co2_kg_per_kwh, evidence_tier, source, licence)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")) {
            for (CSVRecord row : rows) {
                insert.setString(1, SET);
                insert.setString(2, row.get("provider"));
                insert.setString(3, row.get("model"));
                insert.setObject(4, LocalDate.parse(row.get("valid_from")));
                insert.setString(5, row.get("basis"));
                insert.setBigDecimal(6, new BigDecimal(row.get("kwh_per_call")));
                insert.setBigDecimal(7, new BigDecimal(row.get("pue")));
                insert.setBigDecimal(8, new BigDecimal(row.get("water_l_per_kwh")));
                insert.setBigDecimal(9, new BigDecimal(row.get("co2_kg_per_kwh")));
                insert.setInt(10, Integer.parseInt(row.get("evidence_tier")));
                insert.setString(11, row.get("source"));
                insert.setString(12, row.get("licence"));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void insertGrid(Connection connection, List<CSVRecord> rows) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO grid_intensity (factor_set, region, date, gco2_per_kwh, source, licence)
                VALUES (?, ?, ?, ?, ?, ?)""")) {
            for (CSVRecord row : rows) {
                insert.setString(1, SET);
                insert.setString(2, row.get("region"));
                insert.setObject(3, LocalDate.parse(row.get("date")));
                insert.setBigDecimal(4, new BigDecimal(row.get("gco2_per_kwh")));
                insert.setString(5, row.get("source"));
                insert.setString(6, row.get("licence"));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static List<CSVRecord> parse(String csv) {
        try (var parser = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get()
                .parse(new StringReader(csv))) {
            return parser.getRecords();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(String resource) {
        try (var in = ShippedFactors.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", e);
        }
    }
}
