package io.ecomind.api.factors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.api.http.Json;
import io.ecomind.api.http.JsonBody;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.Methodology;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.Problem;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/estimate}: what calls would cost if they were received now, with the whole calculation. Thread-safe.
 * Nothing is stored.
 */
public final class EstimateRoutes implements HttpFeature {
    private static final int MAX_NAME = 64;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final EstimateService service;
    private final Clock clock;

    public EstimateRoutes(EstimateService service, Clock clock) {
        this.service = service;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.post("/v1/estimate", this::estimate, Access.to(Permission.FACTORS_READ));
    }

    private void estimate(Context ctx) throws IOException {
        TenantContext tenant = TenantContext.of(ctx);
        QueryParameters parameters = QueryParameters.of(ctx, "factor_set", "methodology");
        // Reading the calls, rating them and making the answer takes more than the query of the organisation's own
        // factors.
        service.ask(tenant, question -> answer(ctx, tenant, question, parameters));
    }

    private void answer(
            Context ctx, TenantContext tenant, TenantTransactions.AdmittedQuestion question, QueryParameters parameters)
            throws IOException {
        Instant receivedAt = clock.instant();
        EstimateRequest request = EstimateRequest.read(JsonBody.bytes(ctx, Limits.MAX_BODY_BYTES), receivedAt);
        if (!request.errors().isEmpty()) {
            reject(ctx, request);
            return;
        }
        String factorSet = one("factor_set", parameters.string("factor_set", MAX_NAME), request.factorSet());
        Methodology methodology =
                methodology(one("methodology", parameters.string("methodology", MAX_NAME), request.methodology()));
        Estimate estimate = service.estimate(question, request.calls(), factorSet, methodology, receivedAt);
        Json.write(ctx, EstimateView.of(tenant.orgId(), request, estimate));
    }

    /** One invalid call rejects all: totals over the valid ones would be taken for totals over all. */
    private static void reject(Context ctx, EstimateRequest asked) {
        int calls = asked.invalidCalls();
        ObjectNode members = JSON.createObjectNode();
        ArrayNode errors = members.putArray("errors");
        for (EstimateRequest.CallError error : asked.errors()) {
            errors.addObject()
                    .put("index", error.index())
                    .put("code", error.code().code())
                    .put("field", error.field())
                    .put("message", error.message());
        }
        members.put("errors_omitted", asked.errorsOmitted());
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
