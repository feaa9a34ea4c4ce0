package io.ecomind.jobs.projection;

import io.ecomind.contracts.v1.Band;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.runtime.CopyText;
import io.ecomind.jobs.totals.DailyUsageKey;
import io.ecomind.usage.FootprintBands;
import io.ecomind.usage.UsageField;
import java.util.stream.Collectors;

/** Builds rows of events_enriched in PostgreSQL's COPY text format. Not thread-safe. */
final class EventRowCopy {
    private static final Quantity[] QUANTITIES = Quantity.values();
    private static final int EXPECTED_ROW_BYTES = 640;

    /** The columns, in the order of the rows. */
    static final String COLUMNS = """
            org_id, ts, source, id, received_at, local_date, late, user_id, provider, model, project, environment,
            sent_provider, vendor, host, assumed_region, assumed_host, region, node_type, modality, status, metadata, %s, %s, factor_set, match, matched, basis, grid_match,
            grid_zone, grid_resolution, evidence_tier, api_key_id, raw_partition, raw_offset,
            rating_version""".formatted(
                    UsageField.COUNTS.stream().map(UsageField::wireName).collect(Collectors.joining(", ")),
                    Figure.ALL.stream().map(Figure::column).collect(Collectors.joining(", ")));

    private final CopyText row;

    EventRowCopy(int expectedRows) {
        row = new CopyText(expectedRows * EXPECTED_ROW_BYTES);
    }

    void add(EnrichedEvent enriched, int ratingVersion) {
        UsageEvent event = enriched.getEvent();
        Footprint footprint = enriched.getFootprint();
        row.text(event.getOrgId());
        row.moment(event.getTsMicros());
        row.text(event.getSource());
        row.text(event.getId());
        row.moment(event.getReceivedAtMicros());
        row.date(enriched.getLocalEpochDay());
        row.bool(enriched.getLate());
        row.text(event.getUserId());
        String provider = DailyUsageKey.provider(enriched);
        row.text(provider);
        row.text(event.getModel());
        row.text(event.getProject());
        row.text(event.getEnvironment());
        row.textOrUnknown(provider.equals(event.getProvider()) ? null : event.getProvider());
        row.text(footprint.getVendor());
        row.text(footprint.getHost());
        row.bool(footprint.getAssumedRegion());
        row.bool(footprint.getAssumedHost());
        row.text(event.getRegion());
        row.text(event.getNodeType());
        row.text(event.getModality());
        row.textOrUnknown(event.hasStatus() ? event.getStatus() : null);
        row.textOrUnknown(event.getMetadataJson().isEmpty() ? null : event.getMetadataJson());
        for (UsageField count : UsageField.COUNTS) {
            row.numberOrUnknown(count.isKnown(event), count.count(event));
        }
        amounts(footprint);
        row.text(footprint.getFactorSet());
        row.text(footprint.getMatch());
        row.text(footprint.getMatched());
        row.text(footprint.getBasis());
        row.text(footprint.getGridMatch());
        row.text(footprint.getGridZone());
        row.text(footprint.getGridResolution());
        row.number(footprint.getEvidenceTier());
        row.text(event.getApiKeyId());
        row.number(enriched.getRawPartition());
        row.number(enriched.getRawOffset());
        row.number(ratingVersion);
        row.endRow();
    }

    byte[] toBytes() {
        return row.toBytes();
    }

    private void amounts(Footprint footprint) {
        for (Quantity quantity : QUANTITIES) {
            Band band = FootprintBands.of(footprint, quantity);
            if (band == null) {
                row.unknown();
                row.unknown();
                row.unknown();
            } else {
                row.decimal(band.getLow(), quantity.scale());
                row.decimal(band.getMid(), quantity.scale());
                row.decimal(band.getHigh(), quantity.scale());
            }
        }
    }
}
