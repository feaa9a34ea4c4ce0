package io.ecomind.contracts;

import java.util.Locale;

/** What a route can require. {@code permissions.csv} says which scopes and roles grant it. */
public enum Permission {
    /** Send usage events. */
    USAGE_WRITE,
    /** Send usage events that are older than the retention of event rows; needs {@link #USAGE_WRITE} as well. */
    USAGE_IMPORT,
    /** See calls and amounts. */
    USAGE_READ,
    /** See the events that were not counted, and why. */
    REJECTIONS_READ,
    /** See whether the totals agree with the log of received events. */
    RECONCILIATION_READ,
    /** See factor sets, what they cover, and estimates by them. */
    FACTORS_READ,
    /** See restatements and the versions that sealed days have had. */
    RESTATEMENTS_READ,
    /** Have sealed days rated again. */
    RESTATEMENTS_WRITE;

    /** The name in {@code permissions.csv}, such as {@code usage:read}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', ':');
    }
}
