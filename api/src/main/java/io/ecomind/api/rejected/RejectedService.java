package io.ecomind.api.rejected;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.Page;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.usage.OrganisationCalendar;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of an organisation's events was not counted. Thread-safe. */
public final class RejectedService {
    private final TenantTransactions tenants;
    private final Clock clock;

    public RejectedService(TenantTransactions tenants, Clock clock) {
        this.tenants = tenants;
        this.clock = clock;
    }

    /**
     * A page, newest first.
     *
     * @param code null for any; likewise origin
     */
    RejectedEvents list(
            TenantContext tenant,
            RequestedDays days,
            @Nullable String code,
            @Nullable String origin,
            Page.Request page) {
        String orgId = tenant.orgId();
        return tenants.read(tenant, handle -> {
            OrganisationCalendar calendar = OrganisationZones.load(handle, orgId);
            DateRange range = days.resolve(calendar.dateOf(clock.instant()));
            var filter = new RejectedStore.RejectedFilter(
                    calendar.startOf(range.from()),
                    calendar.startOf(range.to().plusDays(1)),
                    code,
                    origin,
                    tenant.boundUserId());
            List<RejectedRow> rows = RejectedStore.page(handle, orgId, filter, page.after(), page.rowsToRead());
            return new RejectedEvents(
                    range,
                    Completeness.completeThrough(handle).orElse(null),
                    RejectedStore.counts(handle, orgId, filter),
                    RejectedStore.notKept(handle, orgId, filter),
                    page.of(rows, RejectedRow::cursor));
        });
    }
}
