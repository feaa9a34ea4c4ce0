package io.ecomind.jobs.totals;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.UsageEvent;
import java.util.Comparator;

/**
 * The key of a row of daily_usage. Immutable; ordered as the primary key, so that all writers lock rows in one order.
 */
public record DailyUsageKey(
        String orgId,
        int epochDay,
        String userId,
        String project,
        String provider,
        String model,
        String region,
        String factorSet)
        implements Comparable<DailyUsageKey> {
    private static final Comparator<DailyUsageKey> ORDER = Comparator.comparing(DailyUsageKey::orgId)
            .thenComparingInt(DailyUsageKey::epochDay)
            .thenComparing(DailyUsageKey::userId)
            .thenComparing(DailyUsageKey::project)
            .thenComparing(DailyUsageKey::provider)
            .thenComparing(DailyUsageKey::model)
            .thenComparing(DailyUsageKey::region)
            .thenComparing(DailyUsageKey::factorSet);

    public static DailyUsageKey of(EnrichedEvent enriched) {
        UsageEvent event = enriched.getEvent();
        return new DailyUsageKey(
                event.getOrgId(),
                enriched.getLocalEpochDay(),
                event.getUserId(),
                event.getProject(),
                event.getProvider(),
                event.getModel(),
                event.getRegion(),
                enriched.getFootprint().getFactorSet());
    }

    /**
     * The key as one string for keyed state: fields are separated by NUL, and a string has the same hash on every JVM.
     */
    public String text() {
        return String.join(
                "\0",
                clean(orgId),
                Integer.toString(epochDay),
                clean(userId),
                clean(project),
                clean(provider),
                clean(model),
                clean(region),
                clean(factorSet));
    }

    /** Rejects a NUL: it would split the key at the wrong place, and PostgreSQL cannot store it. */
    private static String clean(String name) {
        return name.indexOf('\0') < 0 ? name : name.replace('\0', '\uFFFD');
    }

    /** Reads {@link #text}. */
    public static DailyUsageKey fromText(String text) {
        String[] parts = text.split("\0", -1);
        return new DailyUsageKey(
                parts[0], Integer.parseInt(parts[1]), parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]);
    }

    @Override
    public int compareTo(DailyUsageKey other) {
        return ORDER.compare(this, other);
    }
}
