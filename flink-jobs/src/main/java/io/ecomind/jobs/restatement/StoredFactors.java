package io.ecomind.jobs.restatement;

import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.ModelParameters;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Range;
import io.ecomind.footprint.Validity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Factors as the database has them. Stateless. */
final class StoredFactors {
    private static final Logger log = LoggerFactory.getLogger(StoredFactors.class);

    private StoredFactors() {}

    /**
     * Reads a set.
     *
     * @throws IllegalStateException when there is no such set, or its pieces are not what was stored
     */
    static FactorSet set(Connection connection, String id) throws SQLException {
        try (PreparedStatement head =
                        connection.prepareStatement("SELECT parts, sha256 FROM factor_sets WHERE id = ?");
                PreparedStatement pieces = connection.prepareStatement(
                        "SELECT number, file, text FROM factor_set_parts WHERE factor_set = ?")) {
            head.setString(1, id);
            pieces.setString(1, id);
            try (ResultSet set = head.executeQuery();
                    ResultSet row = pieces.executeQuery()) {
                if (!set.next()) {
                    throw new IllegalStateException("there is no factor set " + id);
                }
                var parts = new TreeMap<Integer, FactorSetFiles.Part>();
                while (row.next()) {
                    int number = row.getInt(1);
                    parts.put(number, new FactorSetFiles.Part(number, row.getString(2), row.getString(3)));
                }
                return FactorSetFiles.join(parts, set.getInt(1), set.getString(2))
                        .parse();
            }
        } catch (FactorSetException e) {
            throw new IllegalStateException("factor set " + id + ": " + String.join("; ", e.problems()), e);
        }
    }

    /** What an organisation has stored of its own, retired rows too: they rate what was received before. */
    static OrganisationFactors own(Connection connection, String orgId) throws SQLException {
        List<OrganisationFactors.FactorOverride> overrides = new ArrayList<>();
        try (PreparedStatement query =
                connection.prepareStatement("SELECT * FROM factors_overrides WHERE org_id = ?")) {
            query.setString(1, orgId);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    try {
                        overrides.add(override(row));
                    } catch (IllegalArgumentException impossible) {
                        leftOut("override", orgId, row, impossible);
                    }
                }
            }
        }
        List<OrganisationFactors.Contract> contracts = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT * FROM power_contracts WHERE org_id = ?")) {
            query.setString(1, orgId);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    try {
                        contracts.add(contract(row));
                    } catch (IllegalArgumentException impossible) {
                        leftOut("contract", orgId, row, impossible);
                    }
                }
            }
        }
        return new OrganisationFactors(overrides, contracts);
    }

    /** As the enrichment does it, or a day would be rated by other factors now than it was then. */
    private static void leftOut(String kind, String orgId, ResultSet row, IllegalArgumentException impossible)
            throws SQLException {
        log.atError()
                .addKeyValue("organisation", orgId)
                .addKeyValue(kind, row.getString("id"))
                .addKeyValue("cause", impossible.getMessage())
                .log("an organisation's own factor is impossible and left out");
    }

    private static OrganisationFactors.Contract contract(ResultSet row) throws SQLException {
        return new OrganisationFactors.Contract(
                row.getString("id"),
                span(row),
                row.getString("provider"),
                row.getString("zone"),
                number(row, "kg_per_kwh"),
                row.getString("source"));
    }

    private static OrganisationFactors.FactorOverride override(ResultSet row) throws SQLException {
        if (row.getString("kwh_per_call") != null) {
            return OrganisationFactors.FactorOverride.perCall(
                    row.getString("id"),
                    span(row),
                    row.getString("provider"),
                    row.getString("model"),
                    number(row, "kwh_per_call"),
                    number(row, "pue"),
                    number(row, "water_l_per_kwh"),
                    number(row, "co2_kg_per_kwh"),
                    row.getString("source"));
        }
        return OrganisationFactors.FactorOverride.parameters(
                row.getString("id"),
                span(row),
                row.getString("provider"),
                row.getString("model"),
                new ModelParameters(
                        new Range(number(row, "active_b_min"), number(row, "active_b_max")),
                        new Range(number(row, "total_b_min"), number(row, "total_b_max")),
                        number(row, "tps"),
                        number(row, "ttft_s")),
                row.getString("source"));
    }

    private static OrganisationFactors.Span span(ResultSet row) throws SQLException {
        Timestamp retired = row.getTimestamp("retired_at");
        LocalDate from = row.getObject("valid_from", LocalDate.class);
        LocalDate to = row.getObject("valid_to", LocalDate.class);
        return new OrganisationFactors.Span(
                micros(row.getTimestamp("active_from")),
                retired == null ? Long.MAX_VALUE : micros(retired),
                new Validity(
                        from == null ? Long.MIN_VALUE : from.toEpochDay(),
                        to == null ? Long.MAX_VALUE : to.toEpochDay()));
    }

    private static long micros(Timestamp moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment.toInstant());
    }

    /** By the number's text, as the tasks of the enrichment read it; 0 when it is not known. */
    private static double number(ResultSet row, String column) throws SQLException {
        String text = row.getString(column);
        return text == null ? 0 : Double.parseDouble(text);
    }
}
