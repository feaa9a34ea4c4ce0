package io.ecomind.store;

import io.ecomind.footprint.Citation;
import io.ecomind.footprint.FactorRow;
import io.ecomind.footprint.ModelParameters;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Range;
import io.ecomind.footprint.Validity;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The overrides and power contracts of one organisation, as the API's role may see and change them. Every call is one
 * transaction that is bound to the organisation. Thread-safe.
 */
public final class OrganisationOverrides {
    private static final String ID = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}";
    private static final int MAX_NAME = 200;
    private static final int MAX_SOURCE = 1_000;

    private final DataSource api;
    private final String org;

    /** Energy of one call at the server and what comes with it, each per kWh after PUE; exact. */
    public record PerCallFigures(
            BigDecimal kwh, BigDecimal pue, BigDecimal waterLitresPerKwh, BigDecimal carbonKgPerKwh) {}

    /** Parameters in 1e9; tokens per second and seconds to the first token, null when not known. */
    public record Parameters(
            BigDecimal activeMin,
            BigDecimal activeMax,
            BigDecimal totalMin,
            BigDecimal totalMax,
            @Nullable BigDecimal tokensPerSecond,
            @Nullable BigDecimal timeToFirstTokenSeconds) {}

    /**
     * An organisation's own factor, either per call or by parameters.
     *
     * @param model {@code *}: all of the provider
     */
    public record OverrideRow(
            String id,
            String provider,
            String model,
            @Nullable PerCallFigures perCall,
            @Nullable Parameters parameters,
            @Nullable LocalDate validFrom,
            @Nullable LocalDate validTo,
            String source) {
        public OverrideRow {
            check(id, source);
            name("provider", provider, false);
            name("model", model, false);
            Validity days = Validity.between(validFrom, validTo);
            var citation = new Citation(source, "the organisation's own");
            if ((perCall == null) == (parameters == null)) {
                throw new IllegalArgumentException("an override has either figures per call or parameters");
            }
            if (perCall != null) {
                double kwh = perCall.kwh().doubleValue();
                try {
                    var unused = new FactorRow.Flat(
                            provider,
                            model,
                            "per_call",
                            kwh,
                            kwh,
                            kwh,
                            perCall.pue().doubleValue(),
                            perCall.waterLitresPerKwh().doubleValue(),
                            perCall.carbonKgPerKwh().doubleValue(),
                            1,
                            days,
                            citation);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(
                            String.valueOf(e.getMessage()).replace("kwh_low", "kwh_per_call"), e);
                }
            } else if (parameters != null) {
                above("tps", parameters.tokensPerSecond());
                var unused = new ModelParameters(
                        range("active_b", parameters.activeMin(), parameters.activeMax()),
                        range("total_b", parameters.totalMin(), parameters.totalMax()),
                        zeroIfUnknown(parameters.tokensPerSecond()),
                        zeroIfUnknown(parameters.timeToFirstTokenSeconds()));
            }
        }
    }

    /**
     * Power that was bought.
     *
     * @param provider empty: all
     * @param zone empty: all
     */
    public record ContractRow(
            String id,
            String provider,
            String zone,
            BigDecimal kgPerKwh,
            @Nullable LocalDate validFrom,
            @Nullable LocalDate validTo,
            String source) {
        public ContractRow {
            check(id, source);
            name("provider", provider, true);
            name("zone", zone, true);
            var span = new OrganisationFactors.Span(0, Long.MAX_VALUE, Validity.between(validFrom, validTo));
            var unused = new OrganisationFactors.Contract(id, span, provider, zone, kgPerKwh.doubleValue(), source);
        }
    }

    /** A row with the time in which it counts; retiredAt null: until further notice. */
    public record StoredRow<T>(
            T row, Instant activeFrom, @Nullable Instant retiredAt) {}

    /** What cannot be done, in words for the person who asked. */
    public static final class RejectedChangeException extends Exception {
        private static final long serialVersionUID = 1L;

        RejectedChangeException(String message) {
            super(message);
        }
    }

    /** @param api connections of the role ecomind_api */
    public OrganisationOverrides(DataSource api, String org) {
        this.api = api;
        this.org = org;
    }

    /** Stores an override and returns from when it counts. */
    public Instant add(OverrideRow own) throws SQLException, RejectedChangeException {
        return inTransaction(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("""
                    INSERT INTO factors_overrides (org_id, id, provider, model, valid_from, valid_to, source,
                        kwh_per_call, pue, water_l_per_kwh, co2_kg_per_kwh,
                        active_b_min, active_b_max, total_b_min, total_b_max, tps, ttft_s)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    RETURNING active_from""")) {
                PerCallFigures call = own.perCall();
                Parameters size = own.parameters();
                set(
                        insert,
                        org,
                        own.id(),
                        own.provider(),
                        own.model(),
                        own.validFrom(),
                        own.validTo(),
                        own.source(),
                        call == null ? null : call.kwh(),
                        call == null ? null : call.pue(),
                        call == null ? null : call.waterLitresPerKwh(),
                        call == null ? null : call.carbonKgPerKwh(),
                        size == null ? null : size.activeMin(),
                        size == null ? null : size.activeMax(),
                        size == null ? null : size.totalMin(),
                        size == null ? null : size.totalMax(),
                        size == null ? null : size.tokensPerSecond(),
                        size == null ? null : size.timeToFirstTokenSeconds());
                return added(insert, "override", own.id());
            }
        });
    }

    /** Stores a contract and returns from when it counts. */
    public Instant add(ContractRow contract) throws SQLException, RejectedChangeException {
        return inTransaction(connection -> {
            try (PreparedStatement insert = connection.prepareStatement("""
                    INSERT INTO power_contracts (org_id, id, provider, zone, valid_from, valid_to, source, kg_per_kwh)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    RETURNING active_from""")) {
                set(
                        insert,
                        org,
                        contract.id(),
                        contract.provider(),
                        contract.zone(),
                        contract.validFrom(),
                        contract.validTo(),
                        contract.source(),
                        contract.kgPerKwh());
                return added(insert, "contract", contract.id());
            }
        });
    }

    /** All overrides, retired ones too, by id. */
    public List<StoredRow<OverrideRow>> overrides() throws SQLException, RejectedChangeException {
        return inTransaction(connection -> {
            try (PreparedStatement query = connection.prepareStatement(
                            "SELECT * FROM factors_overrides WHERE org_id = current_org() ORDER BY id");
                    ResultSet row = query.executeQuery()) {
                List<StoredRow<OverrideRow>> found = new ArrayList<>();
                while (row.next()) {
                    boolean perCall = row.getBigDecimal("kwh_per_call") != null;
                    var own = new OverrideRow(
                            row.getString("id"),
                            row.getString("provider"),
                            row.getString("model"),
                            perCall
                                    ? new PerCallFigures(
                                            row.getBigDecimal("kwh_per_call"),
                                            row.getBigDecimal("pue"),
                                            row.getBigDecimal("water_l_per_kwh"),
                                            row.getBigDecimal("co2_kg_per_kwh"))
                                    : null,
                            perCall
                                    ? null
                                    : new Parameters(
                                            row.getBigDecimal("active_b_min"),
                                            row.getBigDecimal("active_b_max"),
                                            row.getBigDecimal("total_b_min"),
                                            row.getBigDecimal("total_b_max"),
                                            row.getBigDecimal("tps"),
                                            row.getBigDecimal("ttft_s")),
                            row.getObject("valid_from", LocalDate.class),
                            row.getObject("valid_to", LocalDate.class),
                            row.getString("source"));
                    found.add(stored(own, row));
                }
                return found;
            }
        });
    }

    /** All contracts, retired ones too, by id. */
    public List<StoredRow<ContractRow>> contracts() throws SQLException, RejectedChangeException {
        return inTransaction(connection -> {
            try (PreparedStatement query = connection.prepareStatement(
                            "SELECT * FROM power_contracts WHERE org_id = current_org() ORDER BY id");
                    ResultSet row = query.executeQuery()) {
                List<StoredRow<ContractRow>> found = new ArrayList<>();
                while (row.next()) {
                    var contract = new ContractRow(
                            row.getString("id"),
                            row.getString("provider"),
                            row.getString("zone"),
                            row.getBigDecimal("kg_per_kwh"),
                            row.getObject("valid_from", LocalDate.class),
                            row.getObject("valid_to", LocalDate.class),
                            row.getString("source"));
                    found.add(stored(contract, row));
                }
                return found;
            }
        });
    }

    /** Ends an override after the notice and returns when. */
    public Instant retireOverride(String id) throws SQLException, RejectedChangeException {
        return retire(
                "override",
                id,
                """
                UPDATE factors_overrides SET retired_at = greatest(active_from, now() + INTERVAL '90 seconds')
                WHERE org_id = current_org() AND id = ? AND retired_at IS NULL
                RETURNING retired_at""",
                "SELECT retired_at FROM factors_overrides WHERE org_id = current_org() AND id = ?");
    }

    /** Ends a contract after the notice and returns when. */
    public Instant retireContract(String id) throws SQLException, RejectedChangeException {
        return retire(
                "contract", id, """
                UPDATE power_contracts SET retired_at = greatest(active_from, now() + INTERVAL '90 seconds')
                WHERE org_id = current_org() AND id = ? AND retired_at IS NULL
                RETURNING retired_at""", "SELECT retired_at FROM power_contracts WHERE org_id = current_org() AND id = ?");
    }

    private Instant retire(String what, String id, String update, String before)
            throws SQLException, RejectedChangeException {
        return inTransaction(connection -> {
            Instant retired = moment(connection, update, id);
            if (retired != null) {
                return retired;
            }
            Instant already = moment(connection, before, id);
            throw new RejectedChangeException(
                    already == null
                            ? "organisation " + org + " has no " + what + " " + id
                            : what + " " + id + " is retired already, from " + already + " on");
        });
    }

    private static @Nullable Instant moment(Connection connection, String sql, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, id);
            try (ResultSet row = statement.executeQuery()) {
                Timestamp moment = row.next() ? row.getTimestamp(1) : null;
                return moment == null ? null : moment.toInstant();
            }
        }
    }

    private Instant added(PreparedStatement insert, String what, String id)
            throws SQLException, RejectedChangeException {
        try (ResultSet row = insert.executeQuery()) {
            row.next();
            return row.getTimestamp(1).toInstant();
        } catch (SQLException e) {
            if (SqlStates.isUniqueViolation(e)) {
                throw new RejectedChangeException("organisation " + org + " has had the " + what + " " + id
                        + ": an id is never used again, choose another");
            }
            throw e;
        }
    }

    private interface OverridesWork<T> {
        T run(Connection connection) throws SQLException, RejectedChangeException;
    }

    private <T> T inTransaction(OverridesWork<T> work) throws SQLException, RejectedChangeException {
        try (Connection connection = api.getConnection()) {
            connection.setAutoCommit(false);
            try {
                try (PreparedStatement bind = connection.prepareStatement("SELECT set_config('app.org_id', ?, true)")) {
                    bind.setString(1, org);
                    bind.execute();
                }
                try (PreparedStatement query =
                                connection.prepareStatement("SELECT FROM orgs WHERE id = current_org()");
                        ResultSet row = query.executeQuery()) {
                    if (!row.next()) {
                        throw new RejectedChangeException("there is no organisation " + org);
                    }
                }
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException | RejectedChangeException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private static <T> StoredRow<T> stored(T value, ResultSet row) throws SQLException {
        Timestamp retired = row.getTimestamp("retired_at");
        return new StoredRow<>(
                value, row.getTimestamp("active_from").toInstant(), retired == null ? null : retired.toInstant());
    }

    private static void set(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    private static void check(String id, String source) {
        if (!id.matches(ID)) {
            throw new IllegalArgumentException("id must be 1 to 64 of letters, digits, '_', '.' and '-', beginning with"
                    + " a letter or digit, was '" + id + "'");
        }
        if (source.isBlank() || source.length() > MAX_SOURCE) {
            throw new IllegalArgumentException(
                    "source must have 1 to " + MAX_SOURCE + " characters, has " + source.length());
        }
    }

    private static void name(String field, String value, boolean mayBeEmpty) {
        if (value.length() > MAX_NAME || !value.equals(value.strip()) || (value.isEmpty() && !mayBeEmpty)) {
            throw new IllegalArgumentException(field + " must have " + (mayBeEmpty ? 0 : 1) + " to " + MAX_NAME
                    + " characters without spaces around, was '" + value + "'");
        }
    }

    private static Range range(String field, BigDecimal min, BigDecimal max) {
        if (min.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    field + " must be MIN..MAX with MIN not above MAX, was " + min + ".." + max);
        }
        return new Range(min.doubleValue(), max.doubleValue());
    }

    private static void above(String field, @Nullable BigDecimal value) {
        if (value != null && value.signum() <= 0) {
            throw new IllegalArgumentException(field + " must be above 0, was " + value);
        }
    }

    private static double zeroIfUnknown(@Nullable BigDecimal value) {
        return value == null ? 0 : value.doubleValue();
    }
}
