package io.ecomind.api.restatements;

import io.ecomind.api.http.CursorText;
import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Permission;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/rating-versions}: which versions days have had, why, and with what totals; the newest day and version
 * first, in pages. Thread-safe. Version 1 is the sealing and has no row.
 */
public final class RatingVersionRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final Clock clock;

    /**
     * A page.
     *
     * @param nextCursor null on the last page
     */
    record ListView(
            String orgId,
            String from,
            String to,
            List<RatingVersion> rows,
            @Nullable String nextCursor) {}

    public RatingVersionRoutes(TenantRequests requests, TenantTransactions tenants, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/rating-versions", this::answer, Access.to(Permission.RESTATEMENTS_READ));
    }

    private void answer(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("from", "to", "limit", "cursor"));
        JsonViews.answer(ctx, tenants.read(request.orgId(), handle -> look(handle, request)));
    }

    private ListView look(Handle handle, TenantRequest request) {
        QueryParameters parameters = request.parameters();
        LocalDate today = OrganisationZones.load(handle, request.orgId()).dateOf(clock.instant());
        DateRange range = DateRange.fromQuery(parameters, today);
        int limit = parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        Place after = Place.fromText(parameters.text("cursor", CursorText.MAX_CHARS));
        // One more than asked for tells whether there is another page.
        List<RatingVersion> found = page(handle, request.orgId(), range, after, limit + 1);
        List<RatingVersion> page = found.subList(0, Math.min(limit, found.size()));
        return new ListView(
                request.orgId(),
                range.from().toString(),
                range.to().toString(),
                page,
                found.size() > limit ? page.get(limit - 1).place().toText() : null);
    }

    private static List<RatingVersion> page(Handle handle, String orgId, DateRange range, Place after, int limit) {
        return handle.createQuery("""
                        SELECT date, version, kind, factor_set, reason, restatement, created_at, old_totals, new_totals
                        FROM rating_versions
                        WHERE org_id = :org AND date BETWEEN :from AND :to
                          AND (date - DATE '1970-01-01', version) < (:day, :version)
                        ORDER BY date DESC, version DESC
                        LIMIT :limit""")
                .bind("org", orgId)
                .bind("from", range.from())
                .bind("to", range.to())
                .bind("day", after.first())
                .bind("version", after.second())
                .bind("limit", limit)
                .map((row, ctx) -> RatingVersion.fromRow(row))
                .list();
    }
}
