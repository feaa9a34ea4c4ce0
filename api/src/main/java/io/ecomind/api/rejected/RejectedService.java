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
import java.util.function.Consumer;
import org.jdbi.v3.core.result.ResultIterator;
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
     * Answers with a page, newest first. It has fewer rows than asked for when they have many bytes.
     *
     * @param code null for any; likewise origin
     */
    void list(
            TenantContext tenant,
            RequestedDays days,
            @Nullable String code,
            @Nullable String origin,
            Page.Request page,
            Consumer<RejectedEvents> answer) {
        String orgId = tenant.orgId();
        // The answer is made under the same permit: an organisation makes so many at once and no more.
        tenants.ask(
                tenant,
                question -> answer.accept(question.read(handle -> {
                    OrganisationCalendar calendar = OrganisationZones.load(handle, orgId);
                    DateRange range = days.resolve(calendar.dateOf(clock.instant()));
                    var filter = new RejectedStore.RejectedFilter(
                            calendar.startOf(range.from()),
                            calendar.startOf(range.to().plusDays(1)),
                            code,
                            origin,
                            tenant.boundUserId());
                    Page<RejectedRow> rows;
                    try (ResultIterator<RejectedRow> read =
                            RejectedStore.page(handle, orgId, filter, page.after(), page.rowsToRead())) {
                        rows = page.of(
                                read,
                                RejectedRow::cursor,
                                RejectedRow::bytes,
                                tenants.limits().answers().pageBytes());
                    }
                    return new RejectedEvents(
                            range,
                            Completeness.completeThrough(handle).orElse(null),
                            RejectedStore.counts(handle, orgId, filter),
                            RejectedStore.notKept(handle, orgId, filter),
                            rows);
                })));
    }
}
