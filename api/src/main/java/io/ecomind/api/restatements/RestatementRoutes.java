package io.ecomind.api.restatements;

import io.ecomind.api.http.CursorText;
import io.ecomind.api.http.JsonBody;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/restatements}: asks for new rating versions of sealed days, and tells what became of it. Thread-safe. The
 * pipeline does the work; here is only its queue.
 */
public final class RestatementRoutes implements HttpFeature {
    /** As many as the pipeline takes up in one run, so that no organisation fills it for ever. */
    static final int MAX_UNFINISHED = 20;

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_STATE = 16;
    private static final Duration TRY_AGAIN = Duration.ofMinutes(1);
    private static final Set<String> STATES = Set.of("requested", "running", "waiting", "done", "failed");

    private final TenantRequests requests;
    private final TenantTransactions tenants;

    /**
     * A page.
     *
     * @param nextCursor null on the last page
     */
    record ListView(
            String orgId,
            List<RestatementView> rows,
            @Nullable String nextCursor) {}

    public RestatementRoutes(TenantRequests requests, TenantTransactions tenants) {
        this.requests = requests;
        this.tenants = tenants;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.post("/v1/restatements", this::create, Access.to(Permission.RESTATEMENTS_WRITE));
        routes.get("/v1/restatements", this::list, Access.to(Permission.RESTATEMENTS_READ));
        routes.get("/v1/restatements/{id}", this::one, Access.to(Permission.RESTATEMENTS_READ));
    }

    private void create(Context ctx) throws IOException {
        TenantRequest request = requests.open(ctx, Set.of());
        Requested wish = Requested.fromBody(JsonBody.read(ctx, Requested.FIELDS));
        RestatementView created = tenants.write(request.orgId(), handle -> insert(handle, request.orgId(), wish));
        ctx.status(201).header("Location", "/v1/restatements/" + created.id());
        JsonViews.answer(ctx, created);
    }

    private static RestatementView insert(Handle handle, String orgId, Requested wish) {
        String set = wish.factorSet();
        if (set != null && !RestatementStore.hasSet(handle, set)) {
            throw new AppException(
                    ErrorCode.FIELD_INVALID, "factor_set must be one that GET /v1/factors lists, was '" + set + "'");
        }
        long unfinished = RestatementStore.unfinished(handle, orgId);
        if (unfinished >= MAX_UNFINISHED) {
            throw new AppException(
                    ErrorCode.RATE_LIMITED,
                    "an organisation must have at most " + MAX_UNFINISHED + " unfinished restatements, has "
                            + unfinished,
                    TRY_AGAIN);
        }
        return RestatementStore.insert(handle, orgId, wish);
    }

    private void list(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("state", "limit", "cursor"));
        QueryParameters parameters = request.parameters();
        String state = parameters.text("state", MAX_STATE);
        if (state != null && !STATES.contains(state)) {
            throw QueryParameters.invalid(
                    "state must be one of " + String.join(", ", new TreeSet<>(STATES)) + ", was '" + state + "'");
        }
        int limit = parameters.integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        Place after = Place.fromText(parameters.text("cursor", CursorText.MAX_CHARS));
        // One more than asked for tells whether there is another page.
        List<RestatementView> found = tenants.read(
                request.orgId(), handle -> RestatementStore.page(handle, request.orgId(), state, after, limit + 1));
        List<RestatementView> page = found.subList(0, Math.min(limit, found.size()));
        JsonViews.answer(
                ctx,
                new ListView(
                        request.orgId(),
                        page,
                        found.size() > limit ? new Place(page.get(limit - 1).id(), 0).toText() : null));
    }

    private void one(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of());
        String asked = ctx.pathParam("id");
        long id;
        try {
            id = Long.parseLong(asked);
        } catch (NumberFormatException notANumber) {
            throw QueryParameters.invalid("id must be an integer, was '" + QueryParameters.shortened(asked) + "'");
        }
        JsonViews.answer(
                ctx,
                tenants.read(request.orgId(), handle -> RestatementStore.find(handle, request.orgId(), id))
                        .orElseThrow(() -> new AppException(
                                ErrorCode.NOT_FOUND, "there is no restatement " + id + " of this organisation")));
    }
}
