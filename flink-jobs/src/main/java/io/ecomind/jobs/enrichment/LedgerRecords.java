package io.ecomind.jobs.enrichment;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.footprint.Rating;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Builds the ledger's record of an event, for the job and for repairs. Stateless. */
final class LedgerRecords {
    private LedgerRecords() {}

    /** Null while the organisation is unknown. */
    static @Nullable LedgerRecord of(
            RawRecordRead raw, UsageEvent event, ReferenceData known, RateCall rate, long horizonMicros) {
        Instant ts = Instant.EPOCH.plus(event.getTsMicros(), ChronoUnit.MICROS);
        ReferenceData.LocalDay day = known.localDay(event.getOrgId(), ts);
        if (day == null) {
            return null;
        }
        Rating rating = rate.rate(known.catalogue(), Ratings.call(event), known.ownFactors(event.getOrgId()));
        EnrichedEvent ours = EnrichedEvent.newBuilder()
                .setRawPartition(raw.partition())
                .setRawOffset(raw.offset())
                .setLate(event.getReceivedAtMicros() - event.getTsMicros() > horizonMicros)
                .setLocalEpochDay(day.epochDay())
                .setDayStartMillis(day.startMillis())
                .setDayEndMillis(day.endMillis())
                .setFootprint(Ratings.footprint(rating))
                .build();
        byte[] enriched = WireFields.with(EnrichedEvent.EVENT_FIELD_NUMBER, raw.payload(), ours);
        return new LedgerRecord(
                raw.partition(),
                event.getOrgId(),
                WireFields.with(EnrichedRecord.EVENT_FIELD_NUMBER, enriched, EnrichedRecord.getDefaultInstance()));
    }
}
