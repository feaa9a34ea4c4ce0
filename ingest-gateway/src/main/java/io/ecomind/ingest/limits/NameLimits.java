package io.ecomind.ingest.limits;

import java.time.Duration;

/**
 * How much of the names of organisations a gateway remembers, to hold their number a day to the plan. Immutable.
 *
 * @param daysPerOrganisation an organisation's names of all days together, as a multiple of what its plan allows for one
 * @param names of all organisations together, where each day counts as 16 names more; beyond it the days that were not used
 *     longest are forgotten
 * @param unused how long the names of a day are remembered after their last use
 */
public record NameLimits(int daysPerOrganisation, int names, Duration unused) {
    public static final NameLimits DEFAULT = new NameLimits(4, 2_000_000, Duration.ofHours(25));
}
