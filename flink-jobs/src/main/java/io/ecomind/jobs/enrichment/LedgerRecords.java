package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Rating;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.LocalDay;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Builds the ledger's record of an event, for the job and for repairs. Stateless. */
final class LedgerRecords {
    private LedgerRecords() {}

    /** Null while the organisation is unknown. */
    static @Nullable LedgerRecord of(
            RawRecordRead raw, UsageEvent event, ReferenceData known, RateCall rate, long horizonMicros) {
        Instant ts = EpochMicros.toInstant(event.getTsMicros());
        LocalDay day = known.localDay(event.getOrgId(), ts);
        if (day == null) {
            return null;
        }
        Rating rating = rate.rate(known.catalogue(), Ratings.call(event), known.ownFactors(event.getOrgId()));
        EnrichedEvent added = EnrichedEvent.newBuilder()
                .setRawPartition(raw.partition())
                .setRawOffset(raw.offset())
                .setLate(event.getReceivedAtMicros() - event.getTsMicros() > horizonMicros)
                .setLocalEpochDay(Math.toIntExact(day.date().toEpochDay()))
                .setDayStartMillis(day.start().toEpochMilli())
                .setDayEndMillis(day.end().toEpochMilli())
                .setFootprint(Ratings.footprint(rating, event.getProvider()))
                .build();
        byte[] enriched = WireFields.with(EnrichedEvent.EVENT_FIELD_NUMBER, raw.payload(), added);
        return new LedgerRecord(
                raw.partition(),
                event.getOrgId(),
                WireFields.with(EnrichedRecord.EVENT_FIELD_NUMBER, enriched, EnrichedRecord.getDefaultInstance()));
    }
}
