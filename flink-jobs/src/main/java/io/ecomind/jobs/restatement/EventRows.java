package io.ecomind.jobs.restatement;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.runtime.JobConfig;
import java.io.Serializable;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.jdbc.core.datastream.source.JdbcSource;
import org.apache.flink.connector.jdbc.core.datastream.source.reader.extractor.ResultExtractor;
import org.apache.flink.connector.jdbc.split.JdbcGenericParameterValuesProvider;

/**
 * All rows of the event table for a list of days, whatever their rating version, as ledger records: one split for each
 * day. What neither rating nor totals need is left out.
 */
final class EventRows implements ResultExtractor<LedgerEntry> {
    private static final long serialVersionUID = 1L;
    private static final int FETCH = 5_000;

    private static final String QUERY =
            """
            SELECT org_id, ts, source, id, received_at, local_date, late, user_id, provider, model, project, region,
                   modality, tokens_in, tokens_out, tokens_cache_read, latency_ms, units, factor_set, raw_partition,
                   raw_offset, %s
            FROM events_enriched
            WHERE org_id = ? AND local_date = ?::date
              AND ts >= ?::timestamptz - INTERVAL '3 days' AND ts < ?::timestamptz""".formatted(Figure.ALL.stream().map(Figure::column).collect(Collectors.joining(", ")));

    private EventRows() {}

    static Source<LedgerEntry, ?, ?> of(JobConfig config, List<SealedDay> days) {
        Serializable[][] splits = days.stream()
                .map(day -> new Serializable[] {day.orgId(), day.date().toString(), day.dayEnd(), day.dayEnd()})
                .toArray(Serializable[][]::new);
        return JdbcSource.<LedgerEntry>builder()
                .setDBUrl(config.jdbcUrl())
                .setDriverName("org.postgresql.Driver")
                .setUsername(config.databaseUser())
                .setPassword(config.databasePassword())
                // Without a transaction the driver reads a whole day into memory.
                .setAutoCommit(false)
                .setResultSetFetchSize(FETCH)
                .setSql(QUERY)
                .setJdbcParameterValuesProvider(new JdbcGenericParameterValuesProvider(splits))
                .setResultExtractor(new EventRows())
                .setTypeInformation(TypeInformation.of(LedgerEntry.class))
                .build();
    }

    @Override
    public LedgerEntry extract(ResultSet row) throws SQLException {
        UsageEvent.Builder event = UsageEvent.newBuilder()
                .setOrgId(row.getString("org_id"))
                .setTsMicros(micros(row, "ts"))
                .setSource(row.getString("source"))
                .setId(row.getString("id"))
                .setReceivedAtMicros(micros(row, "received_at"))
                .setUserId(row.getString("user_id"))
                .setProvider(row.getString("provider"))
                .setModel(row.getString("model"))
                .setProject(row.getString("project"))
                .setRegion(row.getString("region"))
                .setModality(row.getString("modality"))
                .setTokensIn(row.getLong("tokens_in"))
                .setTokensOut(row.getLong("tokens_out"));
        ifKnown(row, "tokens_cache_read", event::setTokensCacheRead);
        ifKnown(row, "latency_ms", event::setLatencyMs);
        ifKnown(row, "units", event::setUnits);
        LocalDate day = row.getObject("local_date", LocalDate.class);
        return new LedgerEntry(
                row.getInt("raw_partition"),
                row.getLong("raw_offset"),
                LedgerEntry.NO_HEARTBEAT,
                EnrichedEvent.newBuilder()
                        .setEvent(event)
                        .setRawPartition(row.getInt("raw_partition"))
                        .setRawOffset(row.getLong("raw_offset"))
                        .setLate(row.getBoolean("late"))
                        .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                        .setFootprint(footprint(row))
                        .build());
    }

    /** The amounts and the factor set; how the factors were matched is not read. */
    private static Footprint footprint(ResultSet row) throws SQLException {
        Footprint.Builder footprint = Footprint.newBuilder().setFactorSet(row.getString("factor_set"));
        for (Quantity quantity : Quantity.values()) {
            BigDecimal mid = row.getBigDecimal(quantity.column(Bound.MID));
            if (mid != null) {
                Band band = Band.newBuilder()
                        .setLow(nanos(row.getBigDecimal(quantity.column(Bound.LOW)), quantity))
                        .setMid(nanos(mid, quantity))
                        .setHigh(nanos(row.getBigDecimal(quantity.column(Bound.HIGH)), quantity))
                        .build();
                switch (quantity) {
                    case ENERGY -> footprint.setEnergy(band);
                    case WATER -> footprint.setWater(band);
                    case WATER_ONSITE -> footprint.setWaterOnsite(band);
                    case WATER_OFFSITE -> footprint.setWaterOffsite(band);
                    case CARBON -> footprint.setCarbon(band);
                    case CARBON_OPERATIONAL -> footprint.setCarbonOperational(band);
                    case CARBON_EMBODIED -> footprint.setCarbonEmbodied(band);
                    case CARBON_MARKET -> footprint.setCarbonMarket(band);
                }
            }
        }
        return footprint.build();
    }

    private static long nanos(BigDecimal amount, Quantity quantity) {
        return amount.movePointRight(quantity.scale()).longValueExact();
    }

    private static long micros(ResultSet row, String column) throws SQLException {
        return ChronoUnit.MICROS.between(
                Instant.EPOCH, row.getObject(column, OffsetDateTime.class).toInstant());
    }

    private static void ifKnown(ResultSet row, String column, LongConsumer setter) throws SQLException {
        long value = row.getLong(column);
        if (!row.wasNull()) {
            setter.accept(value);
        }
    }
}
