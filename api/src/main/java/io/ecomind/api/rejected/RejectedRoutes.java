package io.ecomind.api.rejected;

import io.ecomind.api.http.CursorText;
import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.usage.OrganisationCalendar;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/events/rejected}: what was not counted and why, newest first, in pages. Thread-safe. */
public final class RejectedRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_TEXT = 64;
    private static final Set<String> ORIGINS = Set.of("gateway", "job", "projection");

    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final Clock clock;

    /**
     * The answer.
     *
     * @param from the first of the organisation's days that were looked at
     * @param counts events by code on these days, whatever else was asked for
     * @param nextCursor null on the last page
     */
    record RejectedView(
            String orgId,
            String from,
            String to,
            @Nullable String completeThrough,
            Map<String, Long> counts,
            List<RowView> rows,
            @Nullable String nextCursor) {}

    /**
     * One rejected event.
     *
     * @param payload what was sent, null when it is not UTF-8
     * @param payloadBase64 what was sent, null when it is UTF-8
     */
    record RowView(
            @Nullable String rejectedAt,
            String origin,
            String code,
            String field,
            String message,
            String source,
            String eventId,
            String userId,
            @Nullable Integer itemIndex,
            @Nullable Integer rawPartition,
            @Nullable Long rawOffset,
            @Nullable String payload,
            @Nullable String payloadBase64,
            boolean payloadTruncated) {

        static RowView fromRejected(Rejected row) {
            Payload payload = Payload.fromBytes(row.payload(), row.payloadTruncated());
            return new RowView(
                    JsonViews.moment(row.place().rejectedAt()),
                    row.origin(),
                    row.code(),
                    row.field(),
                    row.message(),
                    row.source(),
                    row.eventId(),
                    row.userId(),
                    row.itemIndex(),
                    row.rawPartition(),
                    row.rawOffset(),
                    payload.text(),
                    payload.base64(),
                    row.payloadTruncated());
        }
    }

    public RejectedRoutes(TenantRequests requests, TenantTransactions tenants, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/events/rejected", this::answer, Access.to(Permission.REJECTIONS_READ));
    }

    private void answer(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("from", "to", "code", "origin", "limit", "cursor"));
        JsonViews.answer(ctx, tenants.read(request.orgId(), handle -> look(handle, request)));
    }

    private RejectedView look(Handle handle, TenantRequest request) {
        QueryParameters parameters = request.parameters();
        OrganisationCalendar calendar = OrganisationZones.load(handle, request.orgId());
        LocalDate today = calendar.dateOf(clock.instant());
        DateRange range = DateRange.fromQuery(parameters, today);
        var filter = new RejectedStore.Filter(
                calendar.startOf(range.from()),
                calendar.startOf(range.to().plusDays(1)),
                parameters.text("code", MAX_TEXT),
                originOf(parameters),
                request.boundUserId());
        int limit = parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        String cursor = parameters.text("cursor", CursorText.MAX_CHARS);
        Cursor after = cursor == null ? Cursor.before(filter.end()) : Cursor.fromText(cursor);

        // One more than asked for tells whether there is another page.
        List<Rejected> found = RejectedStore.page(handle, request.orgId(), filter, after, limit + 1);
        List<Rejected> page = found.subList(0, Math.min(limit, found.size()));
        return new RejectedView(
                request.orgId(),
                range.from().toString(),
                range.to().toString(),
                JsonViews.moment(Completeness.completeThrough(handle).orElse(null)),
                RejectedStore.counts(handle, request.orgId(), filter),
                page.stream().map(RowView::fromRejected).toList(),
                found.size() > limit ? page.get(limit - 1).place().toText() : null);
    }

    private static @Nullable String originOf(QueryParameters parameters) {
        String origin = parameters.text("origin", MAX_TEXT);
        if (origin != null && !ORIGINS.contains(origin)) {
            throw QueryParameters.invalid("origin must be one of gateway, job, projection, was '" + origin + "'");
        }
        return origin;
    }
}
