package io.ecomind.api.restatements;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.service.AppException;
import java.time.Clock;

/** Which versions an organisation's days have had. Thread-safe. */
public final class RatingVersionService {
    private final TenantTransactions tenants;
    private final Clock clock;

    /** A page of the versions of some days. */
    record RatingVersions(DateRange range, Page<RatingVersion> page) {}

    public RatingVersionService(TenantTransactions tenants, Clock clock) {
        this.tenants = tenants;
        this.clock = clock;
    }

    /**
     * The versions of some days.
     *
     * @throws AppException FORBIDDEN for a sender that is bound to a person
     */
    RatingVersions list(TenantContext tenant, RequestedDays days, Page.Request page) {
        tenant.requireWholeOrganisation("rating versions");
        String orgId = tenant.orgId();
        return tenants.read(tenant, handle -> {
            DateRange range = days.resolve(OrganisationZones.load(handle, orgId).dateOf(clock.instant()));
            return new RatingVersions(
                    range,
                    page.of(
                            RatingVersionStore.page(handle, orgId, range, page.after(), page.rowsToRead()),
                            RatingVersion::cursor));
        });
    }
}
