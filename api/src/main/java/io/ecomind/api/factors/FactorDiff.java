package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.footprint.FactorSetDiff;
import java.time.Instant;

/**
 * What differs between two sets, in general and for one organisation. Immutable.
 *
 * @param from the earlier set's id
 * @param at the moment that the reference call is rated for
 */
record FactorDiff(String from, String to, Instant at, FactorSetDiff diff, OrganisationDiff organisation) {
    /**
     * An organisation's calls under both sets.
     *
     * @param calls all calls of these days
     * @param comparedCalls those that were rated again; the rest belongs to pairs beyond the limit
     */
    record OrganisationDiff(DateRange range, long calls, long comparedCalls, SetTotals before, SetTotals after) {}
}
