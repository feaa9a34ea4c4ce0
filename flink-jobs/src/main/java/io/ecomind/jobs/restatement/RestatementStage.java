package io.ecomind.jobs.restatement;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.projection.JdbcSinks;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.totals.DailyUsageKey;
import io.ecomind.jobs.totals.TotalColumns;
import io.ecomind.usage.FootprintBands;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.sink2.Sink;

/** The stage tables that hold a restatement's result until it takes effect; upserts by key, so that a task may be retried.
 * Stateless. */
final class RestatementStage {
    private static final String CUBE_KEY = "restatement, " + String.join(", ", DailyUsageKey.COLUMNS);

    private static final String UPSERT_TOTALS =
            "INSERT INTO restatement_totals (" + CUBE_KEY + ", " + TotalColumns.NAMES + ") VALUES (?, "
                    + "?, ".repeat(DailyUsageKey.COLUMNS.size()) + TotalColumns.PLACES + ") ON CONFLICT (" + CUBE_KEY
                    + ") DO UPDATE SET "
                    + TotalColumns.REPLACED;

    /** The factor set is immutable, so a retried task writes the same row. */
    private static final String INSERT_ROW =
            "INSERT INTO restatement_rows (restatement, org_id, ts, source, id, factor_set, match, matched, basis,"
                    + " grid_match, grid_zone, grid_resolution, evidence_tier, provider, vendor, host, assumed_region, assumed_host, "
                    + Figure.ALL.stream().map(Figure::column).collect(Collectors.joining(", "))
                    + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
                    + ", ?".repeat(Figure.ALL.size())
                    + ") ON CONFLICT (restatement, org_id, ts, source, id) DO NOTHING";

    private RestatementStage() {}

    static Sink<UsageSum> totals(JobConfig config, long restatement) {
        return JdbcSinks.sink(config, UPSERT_TOTALS, (row, sum) -> setTotals(row, restatement, sum));
    }

    static Sink<LedgerEntry> rows(JobConfig config, long restatement) {
        return JdbcSinks.sink(config, INSERT_ROW, (row, entry) -> setRow(row, restatement, entry));
    }

    private static void setTotals(PreparedStatement row, long restatement, UsageSum sum) throws SQLException {
        DailyUsageKey key = DailyUsageKey.fromText(sum.key());
        row.setLong(1, restatement);
        TotalColumns.set(row, key.set(row, 2), sum.totals());
    }

    private static void setRow(PreparedStatement row, long restatement, LedgerEntry entry) throws SQLException {
        EnrichedEvent enriched = entry.event();
        if (enriched == null) {
            throw new IllegalStateException("a row of the event table is no heartbeat");
        }
        UsageEvent event = enriched.getEvent();
        Footprint footprint = enriched.getFootprint();
        row.setLong(1, restatement);
        row.setString(2, event.getOrgId());
        row.setTimestamp(3, Timestamp.from(Instant.EPOCH.plus(event.getTsMicros(), ChronoUnit.MICROS)));
        row.setString(4, event.getSource());
        row.setString(5, event.getId());
        row.setString(6, footprint.getFactorSet());
        row.setString(7, footprint.getMatch());
        row.setString(8, footprint.getMatched());
        row.setString(9, footprint.getBasis());
        row.setString(10, footprint.getGridMatch());
        row.setString(11, footprint.getGridZone());
        row.setString(12, footprint.getGridResolution());
        row.setInt(13, footprint.getEvidenceTier());
        row.setString(14, DailyUsageKey.provider(enriched));
        row.setString(15, footprint.getVendor());
        row.setString(16, footprint.getHost());
        row.setBoolean(17, footprint.getAssumedRegion());
        row.setBoolean(18, footprint.getAssumedHost());
        int place = 19;
        for (Quantity quantity : Quantity.values()) {
            Band band = FootprintBands.of(footprint, quantity);
            row.setBigDecimal(place++, band == null ? null : BigDecimal.valueOf(band.getLow(), quantity.scale()));
            row.setBigDecimal(place++, band == null ? null : BigDecimal.valueOf(band.getMid(), quantity.scale()));
            row.setBigDecimal(place++, band == null ? null : BigDecimal.valueOf(band.getHigh(), quantity.scale()));
        }
    }
}
