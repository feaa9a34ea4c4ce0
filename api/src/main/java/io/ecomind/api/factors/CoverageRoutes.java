package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Rating;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/coverage}: which calls no factor covers, the largest gap first. Thread-safe. */
public final class CoverageRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final FactorStore sets;
    private final Clock clock;

    /**
     * The answer.
     *
     * @param uncoveredPairs how many there are; the rows are the largest of them
     */
    record CoverageView(
            String orgId,
            String from,
            String to,
            @Nullable String completeThrough,
            boolean provisional,
            TotalsView totals,
            long uncoveredPairs,
            List<PairView> rows) {}

    record TotalsView(CountView covered, CountView uncovered) {}

    record CountView(long calls, long tokensIn, long tokensOut) {}

    /** A provider's model with its uncovered calls. */
    record PairView(
            String provider,
            String model,
            long calls,
            long tokensIn,
            long tokensOut,
            String firstDate,
            String lastDate,
            TodayView today) {}

    /**
     * How the pair would be matched if it were called now, as text.
     *
     * @param why it would still be uncovered; null when it would be covered
     */
    record TodayView(
            String factorSet,
            boolean covered,
            String match,
            String matched,
            @Nullable String why) {}

    CoverageRoutes(TenantRequests requests, TenantTransactions tenants, FactorStore sets, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.sets = sets;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/coverage", this::answer, Access.to(Permission.USAGE_READ));
    }

    private void answer(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("from", "to", "limit"));
        int limit = request.parameters().integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        Instant now = clock.instant();
        FactorSet set = sets.active(now).set();
        JsonViews.answer(ctx, tenants.read(request.orgId(), handle -> look(handle, request, limit, set, now)));
    }

    private static CoverageView look(Handle handle, TenantRequest request, int limit, FactorSet set, Instant now) {
        String orgId = request.orgId();
        LocalDate today = OrganisationZones.load(handle, orgId).dateOf(now);
        DateRange range = DateRange.fromQuery(request.parameters(), today);
        OrganisationFactors own = OverrideStore.of(handle, orgId);
        ModelTotals.All all = ModelTotals.all(handle, orgId, range.from(), range.to());
        return new CoverageView(
                orgId,
                range.from().toString(),
                range.to().toString(),
                JsonViews.moment(Completeness.completeThrough(handle).orElse(null)),
                !range.to().isBefore(today) || !all.allDaysSealed(),
                new TotalsView(
                        new CountView(
                                all.calls() - all.uncoveredCalls(),
                                all.tokensIn() - all.uncoveredTokensIn(),
                                all.tokensOut() - all.uncoveredTokensOut()),
                        new CountView(all.uncoveredCalls(), all.uncoveredTokensIn(), all.uncoveredTokensOut())),
                all.uncoveredPairs(),
                ModelTotals.leastCovered(handle, orgId, range.from(), range.to(), limit).stream()
                        .map(pair -> view(pair, set.explain(pair.averageUncoveredCall(now), own)))
                        .toList());
    }

    private static PairView view(ModelTotals pair, Explanation explained) {
        Rating rating = explained.rating();
        boolean covered = rating.amounts() != null;
        return new PairView(
                pair.provider(),
                pair.model(),
                pair.uncoveredCalls(),
                pair.uncoveredTokensIn(),
                pair.uncoveredTokensOut(),
                String.valueOf(pair.first()),
                String.valueOf(pair.last()),
                new TodayView(
                        rating.factorSet(),
                        covered,
                        rating.match().id(),
                        rating.matched(),
                        covered ? null : explained.unknown().get(0).why()));
    }
}
