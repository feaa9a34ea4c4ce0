package io.ecomind.jobs.daily;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.Footprint;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Amounts;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Builds rows of events_enriched in PostgreSQL's COPY text format. Not thread-safe. */
final class EventRowCopy {
    /** The columns, in the order of the rows. */
    static final String COLUMNS = """
            org_id, ts, source, id, received_at, local_date, late, user_id, provider, model, project, environment,
            region, node_type, modality, status, tokens_in, tokens_out, tokens_cache_read, tokens_cache_write,
            tokens_reasoning, latency_ms, units, metadata, kwh, water_l, co2_kg, factor_set, match, grid_match,
            evidence_tier, api_key_id, raw_partition, raw_offset, rating_version""";

    private final StringBuilder rows = new StringBuilder(1 << 16);

    void add(EnrichedEvent enriched, int ratingVersion) {
        UsageEvent event = enriched.getEvent();
        Footprint footprint = enriched.getFootprint();
        boolean covered = footprint.hasEnergyNanowatthours();
        text(event.getOrgId());
        moment(event.getTsMicros());
        text(event.getSource());
        text(event.getId());
        moment(event.getReceivedAtMicros());
        plain(LocalDate.ofEpochDay(enriched.getLocalEpochDay()).toString());
        plain(enriched.getLate() ? "t" : "f");
        text(event.getUserId());
        text(event.getProvider());
        text(event.getModel());
        text(event.getProject());
        text(event.getEnvironment());
        text(event.getRegion());
        text(event.getNodeType());
        text(event.getModality());
        textOrNull(event.hasStatus() ? event.getStatus() : null);
        number(event.getTokensIn());
        number(event.getTokensOut());
        numberOrNull(event.hasTokensCacheRead(), event.getTokensCacheRead());
        numberOrNull(event.hasTokensCacheWrite(), event.getTokensCacheWrite());
        numberOrNull(event.hasTokensReasoning(), event.getTokensReasoning());
        numberOrNull(event.hasLatencyMs(), event.getLatencyMs());
        numberOrNull(event.hasUnits(), event.getUnits());
        textOrNull(event.getMetadataJson().isEmpty() ? null : event.getMetadataJson());
        amount(covered, footprint.getEnergyNanowatthours(), Amounts.KWH_SCALE);
        amount(covered, footprint.getWaterNanolitres(), Amounts.LITRE_SCALE);
        amount(covered, footprint.getCarbonNanograms(), Amounts.KWH_SCALE);
        text(footprint.getFactorSet());
        text(footprint.getMatch());
        text(footprint.getGridMatch());
        number(footprint.getEvidenceTier());
        text(event.getApiKeyId());
        number(enriched.getRawPartition());
        number(enriched.getRawOffset());
        rows.append(ratingVersion).append('\n');
    }

    byte[] toBytes() {
        return rows.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void text(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> rows.append("\\\\");
                case '\t' -> rows.append("\\t");
                case '\n' -> rows.append("\\n");
                case '\r' -> rows.append("\\r");
                default -> rows.append(c);
            }
        }
        rows.append('\t');
    }

    private void textOrNull(@Nullable String value) {
        if (value == null) {
            rows.append("\\N\t");
        } else {
            text(value);
        }
    }

    private void moment(long micros) {
        rows.append(Instant.EPOCH.plus(micros, ChronoUnit.MICROS)).append('\t');
    }

    private void plain(String value) {
        rows.append(value).append('\t');
    }

    private void number(long value) {
        rows.append(value).append('\t');
    }

    private void numberOrNull(boolean present, long value) {
        if (present) {
            number(value);
        } else {
            rows.append("\\N\t");
        }
    }

    private void amount(boolean covered, long nanos, int scale) {
        if (covered) {
            rows.append(BigDecimal.valueOf(nanos, scale).toPlainString()).append('\t');
        } else {
            rows.append("\\N\t");
        }
    }
}
