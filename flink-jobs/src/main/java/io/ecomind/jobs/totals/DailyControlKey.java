package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.UsageEvent;

/**
 * The key of a row of daily_control, which is coarser than the cube's: what the cube divides further follows from the same
 * event in the same record, so the windows' state need not grow by it. Immutable.
 */
public record DailyControlKey(
        String orgId,
        int epochDay,
        String userId,
        String project,
        String provider,
        String model,
        String region,
        String factorSet)
        implements TotalsKey {
    public static DailyControlKey of(EnrichedEvent enriched) {
        UsageEvent event = enriched.getEvent();
        return new DailyControlKey(
                event.getOrgId(),
                enriched.getLocalEpochDay(),
                event.getUserId(),
                event.getProject(),
                DailyUsageKey.provider(enriched),
                event.getModel(),
                event.getRegion(),
                enriched.getFootprint().getFactorSet());
    }

    @Override
    public String text() {
        return TotalsKey.join(orgId, Integer.toString(epochDay), userId, project, provider, model, region, factorSet);
    }

    /** Reads {@link #text}. */
    public static DailyControlKey fromText(String text) {
        String[] parts = text.split("\0", -1);
        return new DailyControlKey(
                parts[0], Integer.parseInt(parts[1]), parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]);
    }
}
