package io.ecomind.api.factors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Methodology;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.Problem;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/estimate}: what calls would cost if they were received now, with the whole calculation. Thread-safe.
 * Nothing is stored.
 */
public final class EstimateRoutes implements HttpFeature {
    private static final int MAX_NAME = 64;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final FactorStore sets;
    private final Clock clock;

    EstimateRoutes(TenantRequests requests, TenantTransactions tenants, FactorStore sets, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.sets = sets;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.post("/v1/estimate", this::answer, Access.to(Permission.FACTORS_READ));
    }

    private void answer(Context ctx) throws IOException {
        TenantRequest request = requests.open(ctx, Set.of("factor_set", "methodology"));
        Instant now = clock.instant();
        EstimateRequest asked = EstimateRequest.read(body(ctx), now);
        if (!asked.errors().isEmpty()) {
            refuse(ctx, asked);
            return;
        }
        QueryParameters parameters = request.parameters();
        String id = one("factor_set", parameters.text("factor_set", MAX_NAME), asked.factorSet());
        Methodology methodology =
                methodology(one("methodology", parameters.text("methodology", MAX_NAME), asked.methodology()));
        FactorStore.Loaded loaded = id == null ? sets.active(now) : sets.get(id);
        FactorSet set = loaded.under(methodology);
        OrganisationFactors own = tenants.read(request.orgId(), handle -> OverrideStore.of(handle, request.orgId()));
        List<Explanation> explained = asked.calls().stream()
                .map(call -> set.explain(call.received(now), own))
                .toList();
        JsonViews.answer(
                ctx,
                EstimateView.of(
                        request.orgId(), now, set.id(), set.methodology().id(), asked, explained));
    }

    private static byte[] body(Context ctx) throws IOException {
        String type = ctx.contentType();
        if (type == null
                || !type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals("application/json")) {
            throw new AppException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json");
        }
        String encoding = ctx.header("Content-Encoding");
        if (encoding != null && !encoding.trim().equalsIgnoreCase("identity")) {
            throw new AppException(
                    ErrorCode.UNSUPPORTED_ENCODING,
                    "Content-Encoding must be identity, was " + QueryParameters.shortened(encoding));
        }
        byte[] body = ctx.bodyInputStream().readNBytes(Limits.MAX_BODY_BYTES + 1);
        if (body.length > Limits.MAX_BODY_BYTES) {
            throw new AppException(
                    ErrorCode.BODY_TOO_LARGE, "the body must be at most " + Limits.MAX_BODY_BYTES + " bytes, is more");
        }
        return body;
    }

    /** All or nothing: totals over some of the calls would be taken for those over all. */
    private static void refuse(Context ctx, EstimateRequest asked) {
        long calls = asked.errors().stream()
                .mapToInt(EstimateRequest.ItemError::index)
                .distinct()
                .count();
        ObjectNode members = JSON.createObjectNode();
        ArrayNode errors = members.putArray("errors");
        for (EstimateRequest.ItemError error : asked.errors()) {
            errors.addObject()
                    .put("index", error.index())
                    .put("code", error.code().code())
                    .put("field", error.field())
                    .put("message", error.message());
        }
        ArrayNode warnings = members.putArray("warnings");
        asked.warnings().forEach(warnings::add);
        String detail = calls == 1
                ? "one call is invalid, so none was estimated"
                : calls + " calls are invalid, so none was estimated";
        Problem.answer(ctx, new AppException(ErrorCode.NOTHING_ACCEPTED, detail), members);
    }

    private static @Nullable String one(String field, @Nullable String inQuery, @Nullable String inBody) {
        if (inQuery != null && inBody != null && !inQuery.equals(inBody)) {
            throw QueryParameters.invalid(field + " must be the same in query and body, was "
                    + QueryParameters.shortened(inQuery) + " and " + QueryParameters.shortened(inBody));
        }
        return inQuery != null ? inQuery : inBody;
    }

    private static @Nullable Methodology methodology(@Nullable String id) {
        try {
            return id == null ? null : Methodology.of(QueryParameters.shortened(id));
        } catch (IllegalArgumentException unknown) {
            throw QueryParameters.invalid(String.valueOf(unknown.getMessage()));
        }
    }
}
