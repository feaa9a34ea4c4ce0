package io.ecomind.api.reconciliation;

import io.ecomind.api.http.Page;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Topic;
import java.util.List;

/** Whether an organisation's totals agree with what was accepted. Thread-safe. */
public final class ReconciliationService {
    private final TenantTransactions tenants;

    public ReconciliationService(TenantTransactions tenants) {
        this.tenants = tenants;
    }

    /** The state of the check, with a page of missing events. */
    ReconciliationReport get(TenantContext tenant, Page.Request page) {
        String orgId = tenant.orgId();
        String userId = tenant.boundUserId();
        return tenants.read(tenant, handle -> {
            List<MissingEvent> rows = ReconciliationStore.page(handle, orgId, userId, page.after(), page.rowsToRead());
            return new ReconciliationReport(
                    ReconciliationStore.status(handle, Topic.EVENTS_RAW.partitions()),
                    ReconciliationStore.counts(handle, orgId, userId),
                    ReconciliationStore.disputedDays(handle, orgId, Page.MAX_LIMIT),
                    page.of(rows, MissingEvent::cursor));
        });
    }
}
