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
import io.ecomind.usage.FootprintBands;
import io.ecomind.usage.UsageField;
import java.io.Serializable;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
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

    private static final String QUERY = """
            SELECT org_id, ts, source, id, received_at, local_date, late, user_id, provider, sent_provider, model, project,
                   environment, region, modality, factor_set, match, evidence_tier, grid_match, host,
                   assumed_region, assumed_host, raw_partition, raw_offset, %s, %s
            FROM events_enriched
            WHERE org_id = ? AND local_date = ?::date
              AND ts >= ?::timestamptz - INTERVAL '3 days' AND ts < ?::timestamptz""".formatted(
                    UsageField.RATED_COUNTS.stream().map(UsageField::wireName).collect(Collectors.joining(", ")),
                    Figure.ALL.stream().map(Figure::column).collect(Collectors.joining(", ")));

    private EventRows() {}

    static Source<LedgerEntry, ?, ?> of(JobConfig config, List<SealedDay> days) {
        Serializable[][] splits = days.stream()
                .map(day -> new Serializable[] {day.orgId(), day.date().toString(), day.dayEnd(), day.dayEnd()})
                .toArray(Serializable[][]::new);
        return JdbcSource.<LedgerEntry>builder()
                .setDBUrl(config.database().jdbcUrl())
                .setDriverName("org.postgresql.Driver")
                .setUsername(config.database().user())
                .setPassword(config.database().password().value())
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
        String provider = row.getString("provider");
        String sentProvider = row.getString("sent_provider");
        UsageEvent.Builder event = UsageEvent.newBuilder()
                .setOrgId(row.getString("org_id"))
                .setTsMicros(micros(row, "ts"))
                .setSource(row.getString("source"))
                .setId(row.getString("id"))
                .setReceivedAtMicros(micros(row, "received_at"))
                .setUserId(row.getString("user_id"))
                .setProvider(sentProvider == null ? provider : sentProvider)
                .setModel(row.getString("model"))
                .setProject(row.getString("project"))
                .setEnvironment(row.getString("environment"))
                .setRegion(row.getString("region"))
                .setModality(row.getString("modality"));
        for (UsageField count : UsageField.RATED_COUNTS) {
            long value = row.getLong(count.wireName());
            if (!row.wasNull()) {
                count.setCount(event, value);
            }
        }
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

    /** What the totals need: the amounts, and what is part of the cube's key. */
    private static Footprint footprint(ResultSet row) throws SQLException {
        Footprint.Builder footprint = Footprint.newBuilder()
                .setFactorSet(row.getString("factor_set"))
                .setMatch(row.getString("match"))
                .setEvidenceTier(row.getInt("evidence_tier"))
                .setGridMatch(row.getString("grid_match"))
                .setProvider(row.getString("provider"))
                .setHost(row.getString("host"))
                .setAssumedRegion(row.getBoolean("assumed_region"))
                .setAssumedHost(row.getBoolean("assumed_host"));
        for (Quantity quantity : Quantity.values()) {
            BigDecimal mid = row.getBigDecimal(quantity.column(Bound.MID));
            if (mid != null) {
                Band band = Band.newBuilder()
                        .setLow(nanos(row.getBigDecimal(quantity.column(Bound.LOW)), quantity))
                        .setMid(nanos(mid, quantity))
                        .setHigh(nanos(row.getBigDecimal(quantity.column(Bound.HIGH)), quantity))
                        .build();
                FootprintBands.set(footprint, quantity, band);
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
}
