package io.ecomind.ingest.limits;

import java.time.Instant;
import java.time.LocalDate;

/**
 * From what is drawn: a bucket that fills in a minute and the number of a calendar day. Immutable.
 *
 * @param orgId the organisation
 * @param name tells the quotas of one organisation apart
 * @param perMinute size of the bucket, 0 for no limit
 * @param perDay 0 for no limit
 * @param date the organisation's day
 * @param dayEnd when that day ends
 */
record Quota(String orgId, String name, long perMinute, long perDay, LocalDate date, Instant dayEnd) {
    /** Braces make a Redis cluster keep both keys in one slot, so that one script may use them. */
    private String prefix() {
        return "ecomind:ingest:{" + orgId + "}:" + name;
    }

    String bucketKey() {
        return prefix();
    }

    String dayKey() {
        return prefix() + ":" + date;
    }

    /** One of so many equal parts, but at least 1 of each. */
    Quota share(int parts) {
        return new Quota(orgId, name, part(perMinute, parts), part(perDay, parts), date, dayEnd);
    }

    private static long part(long limit, int parts) {
        return limit == 0 ? 0 : Math.max(1, limit / parts);
    }
}
