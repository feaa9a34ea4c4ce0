package io.ecomind.api.reconciliation;

import io.ecomind.api.http.CursorText;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Permission;
import io.ecomind.contracts.Topic;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/reconciliation}: days in dispute, and in pages accepted events that are not in the totals. Thread-safe. */
public final class ReconciliationRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final TenantRequests requests;
    private final TenantTransactions tenants;

    /**
     * The answer.
     *
     * @param checkedAt when records were checked last, null before the first time
     * @param reconciledThrough everything received before it has been checked, null while that is not known
     * @param missing the organisation's events that are neither counted nor rejected
     * @param resolved those that were missing and are not any more
     * @param disputedDays days that are not sealed because their two entries differ, at most {@link #MAX_LIMIT}
     * @param nextCursor null on the last page
     */
    record ReconciliationView(
            String orgId,
            @Nullable String checkedAt,
            @Nullable String reconciledThrough,
            long missing,
            long resolved,
            List<String> disputedDays,
            List<RowView> rows,
            @Nullable String nextCursor) {}

    /** One event. {@code resolvedAt} is null while it is missing. */
    record RowView(
            int rawPartition,
            long rawOffset,
            String source,
            String eventId,
            String userId,
            @Nullable String ts,
            @Nullable String receivedAt,
            @Nullable String foundAt,
            @Nullable String resolvedAt) {

        static RowView fromMissing(ReconciliationStore.Missing row) {
            return new RowView(
                    row.place().partition(),
                    row.place().offset(),
                    row.source(),
                    row.eventId(),
                    row.userId(),
                    JsonViews.moment(row.ts()),
                    JsonViews.moment(row.receivedAt()),
                    JsonViews.moment(row.foundAt()),
                    JsonViews.moment(row.resolvedAt()));
        }
    }

    public ReconciliationRoutes(TenantRequests requests, TenantTransactions tenants) {
        this.requests = requests;
        this.tenants = tenants;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/reconciliation", this::answer, Access.to(Permission.RECONCILIATION_READ));
    }

    private void answer(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("limit", "cursor"));
        JsonViews.answer(ctx, tenants.read(request.orgId(), handle -> look(handle, request)));
    }

    private static ReconciliationView look(Handle handle, TenantRequest request) {
        QueryParameters parameters = request.parameters();
        int limit = parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        String cursor = parameters.text("cursor", CursorText.MAX_CHARS);
        Place after = cursor == null ? Place.BEGIN : Place.fromText(cursor);

        // One more than asked for tells whether there is another page.
        List<ReconciliationStore.Missing> found =
                ReconciliationStore.page(handle, request.orgId(), request.boundUserId(), after, limit + 1);
        List<ReconciliationStore.Missing> page = found.subList(0, Math.min(limit, found.size()));
        ReconciliationStore.Counts counts = ReconciliationStore.counts(handle, request.orgId(), request.boundUserId());
        ReconciliationStore.Standing standing = ReconciliationStore.standing(handle, Topic.EVENTS_RAW.partitions());
        return new ReconciliationView(
                request.orgId(),
                JsonViews.moment(standing.checkedAt()),
                JsonViews.moment(standing.reconciledThrough()),
                counts.missing(),
                counts.resolved(),
                ReconciliationStore.disputedDays(handle, request.orgId(), MAX_LIMIT),
                page.stream().map(RowView::fromMissing).toList(),
                found.size() > limit ? page.get(limit - 1).place().toText() : null);
    }
}
