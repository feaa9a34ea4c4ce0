package io.ecomind.jobs.rebuild;

import java.time.LocalDate;

/** A local day of an organisation. Immutable; ordered by organisation, then date. */
public record OrgDay(String orgId, LocalDate date) implements Comparable<OrgDay> {
    @Override
    public int compareTo(OrgDay other) {
        int byOrg = orgId.compareTo(other.orgId);
        return byOrg != 0 ? byOrg : date.compareTo(other.date);
    }
}
