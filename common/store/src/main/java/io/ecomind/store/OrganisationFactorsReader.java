package io.ecomind.store;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads an organisation's overrides and power contracts for rating; {@link OrganisationOverrides} is how they are
 * changed.
 */
public final class OrganisationFactorsReader {
    private static final Logger log = LoggerFactory.getLogger(OrganisationFactorsReader.class);

    private OrganisationFactorsReader() {}

    /**
     * What an organisation has stored of its own, in the form in which events are rated; retired rows too, because they
     * rate what was received before. A row that cannot be true is left out and logged, as the enrichment does it: a
     * recalculation or an estimate must not differ from how the event was or would be rated.
     *
     * @param connection of a role that may read the organisation's rows, in a transaction of the caller or none
     */
    public static OrganisationFactors read(Connection connection, String orgId) throws SQLException {
        return new OrganisationFactors(
                readRows(connection, "factors_overrides", orgId, OrganisationFactorsReader::factorOverride),
                readRows(connection, "power_contracts", orgId, OrganisationFactorsReader::contract));
    }

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static <T> List<T> readRows(Connection connection, String table, String orgId, RowReader<T> reader)
            throws SQLException {
        List<T> found = new ArrayList<>();
        try (PreparedStatement query =
                connection.prepareStatement("SELECT * FROM " + table + " WHERE org_id = ? ORDER BY id")) {
            query.setString(1, orgId);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    try {
                        found.add(reader.read(row));
                    } catch (IllegalArgumentException impossible) {
                        log.atError()
                                .addKeyValue("organisation", orgId)
                                .addKeyValue("table", table)
                                .addKeyValue("id", row.getString("id"))
                                .addKeyValue("cause", impossible.getMessage())
                                .log("an organisation's own factor is impossible and left out");
                    }
                }
            }
        }
        return found;
    }

    private static OrganisationFactors.FactorOverride factorOverride(ResultSet row) throws SQLException {
        String id = row.getString("id");
        String provider = row.getString("provider");
        String model = row.getString("model");
        String source = row.getString("source");
        return row.getString("kwh_per_call") != null
                ? OrganisationFactors.FactorOverride.perCall(
                        id,
                        span(row),
                        provider,
                        model,
                        number(row, "kwh_per_call"),
                        number(row, "pue"),
                        number(row, "water_l_per_kwh"),
                        number(row, "co2_kg_per_kwh"),
                        source)
                : OrganisationFactors.FactorOverride.parameters(
                        id,
                        span(row),
                        provider,
                        model,
                        new ModelParameters(
                                new Range(number(row, "active_b_min"), number(row, "active_b_max")),
                                new Range(number(row, "total_b_min"), number(row, "total_b_max")),
                                number(row, "tps"),
                                number(row, "ttft_s")),
                        source);
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

    private static OrganisationFactors.Span span(ResultSet row) throws SQLException {
        Timestamp retired = row.getTimestamp("retired_at");
        return new OrganisationFactors.Span(
                micros(row.getTimestamp("active_from")),
                retired == null ? Long.MAX_VALUE : micros(retired),
                Validity.between(
                        row.getObject("valid_from", LocalDate.class), row.getObject("valid_to", LocalDate.class)));
    }

    private static long micros(Timestamp moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment.toInstant());
    }

    /** Parses the number's text, as the enrichment does with the text in the topic; 0 when it is not known. */
    private static double number(ResultSet row, String column) throws SQLException {
        String text = row.getString(column);
        return text == null ? 0 : Double.parseDouble(text);
    }
}
