package io.ecomind.api.factors;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.footprint.ModelParameters;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Range;
import io.ecomind.footprint.Validity;
import io.ecomind.service.AppException;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Reads what an organisation has stored of its own. Stateless; the caller brings the organisation's transaction. */
final class OverrideStore {
    private OverrideStore() {}

    /** The overrides and contracts that rate what is received at a moment, as the jobs read them from the topic. */
    static OrganisationFactors of(Handle handle, String orgId, Instant receivedAt) {
        List<OrganisationFactors.FactorOverride> overrides = handle.createQuery("""
                        SELECT id, provider, model, active_from, retired_at, valid_from, valid_to, kwh_per_call, pue,
                               water_l_per_kwh, co2_kg_per_kwh, active_b_min, active_b_max, total_b_min, total_b_max,
                               tps, ttft_s, source
                        FROM factors_overrides
                        WHERE org_id = :org AND active_from <= :at AND (retired_at IS NULL OR retired_at > :at)""")
                .bind("org", orgId)
                .bind("at", receivedAt.atOffset(ZoneOffset.UTC))
                .map((row, ctx) -> override(row))
                .list();
        List<OrganisationFactors.Contract> contracts = handle.createQuery("""
                        SELECT id, provider, zone, active_from, retired_at, valid_from, valid_to, kg_per_kwh, source
                        FROM power_contracts
                        WHERE org_id = :org AND active_from <= :at AND (retired_at IS NULL OR retired_at > :at)""")
                .bind("org", orgId)
                .bind("at", receivedAt.atOffset(ZoneOffset.UTC))
                .map((row, ctx) -> new OrganisationFactors.Contract(
                        row.getString("id"),
                        span(row),
                        row.getString("provider"),
                        row.getString("zone"),
                        row.getDouble("kg_per_kwh"),
                        row.getString("source")))
                .list();
        return new OrganisationFactors(overrides, contracts);
    }

    /** Microseconds since 1970 UTC, cutting what is finer. */
    static long micros(Instant moment) {
        return Math.addExact(Math.multiplyExact(moment.getEpochSecond(), 1_000_000L), moment.getNano() / 1_000);
    }

    private static OrganisationFactors.FactorOverride override(ResultSet row) throws SQLException {
        String id = row.getString("id");
        try {
            return factor(id, row);
        } catch (IllegalArgumentException refused) {
            throw new AppException(
                    ErrorCode.UNAVAILABLE,
                    "override " + id + " cannot be used: " + refused.getMessage(),
                    Duration.ofSeconds(2));
        }
    }

    private static OrganisationFactors.FactorOverride factor(String id, ResultSet row) throws SQLException {
        String provider = row.getString("provider");
        String model = row.getString("model");
        String source = row.getString("source");
        BigDecimal kwh = row.getBigDecimal("kwh_per_call");
        return kwh != null
                ? OrganisationFactors.FactorOverride.perCall(
                        id,
                        span(row),
                        provider,
                        model,
                        kwh.doubleValue(),
                        row.getDouble("pue"),
                        row.getDouble("water_l_per_kwh"),
                        row.getDouble("co2_kg_per_kwh"),
                        source)
                : OrganisationFactors.FactorOverride.parameters(
                        id,
                        span(row),
                        provider,
                        model,
                        new ModelParameters(
                                new Range(row.getDouble("active_b_min"), row.getDouble("active_b_max")),
                                new Range(row.getDouble("total_b_min"), row.getDouble("total_b_max")),
                                // NULL reads as 0, which stands for unknown in memory.
                                row.getDouble("tps"),
                                row.getDouble("ttft_s")),
                        source);
    }

    private static OrganisationFactors.Span span(ResultSet row) throws SQLException {
        OffsetDateTime retired = row.getObject("retired_at", OffsetDateTime.class);
        return new OrganisationFactors.Span(
                micros(row.getObject("active_from", OffsetDateTime.class).toInstant()),
                retired == null ? Long.MAX_VALUE : micros(retired.toInstant()),
                Validity.between(date(row, "valid_from"), date(row, "valid_to")));
    }

    private static @Nullable LocalDate date(ResultSet row, String column) throws SQLException {
        return row.getObject(column, LocalDate.class);
    }
}
