package io.ecomind.api.usage;

import io.ecomind.api.http.JsonViews;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Quantity;
import io.ecomind.service.AppException;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/today}: what one person, or the whole organisation, has used since the organisation's midnight.
 * Thread-safe.
 */
public final class TodayRoutes implements HttpFeature {
    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final Clock clock;

    /**
     * The answer. Existing clients depend on the first nine names.
     *
     * @param userId the sender's name of the person, null for the whole organisation
     * @param kwh null when there are calls and none is covered; exactly 0 when there are no calls
     * @param provisional always true: today is not over
     * @param kwhLow the cautious reading: all doubts of all calls in one direction
     */
    record TodayView(
            String date,
            String orgId,
            @Nullable String userId,
            long callCount,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterLiters,
            @Nullable BigDecimal co2Kg,
            List<ProviderView> topProviders,
            List<ModelView> topModels,
            long uncoveredCount,
            @Nullable String completeThrough,
            boolean provisional,
            @Nullable BigDecimal kwhLow,
            @Nullable BigDecimal kwhHigh,
            @Nullable BigDecimal waterLitersLow,
            @Nullable BigDecimal waterLitersHigh,
            @Nullable BigDecimal co2KgLow,
            @Nullable BigDecimal co2KgHigh) {}

    record ProviderView(String provider, long count) {}

    record ModelView(String model, long count) {}

    public TodayRoutes(TenantRequests requests, TenantTransactions tenants, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/today", this::answer, Access.to(Permission.USAGE_READ));
    }

    private void answer(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("user_id"));
        String userId = request.parameters().text("user_id", Limits.MAX_USER_ID);
        if (userId != null && request.boundUserId() != null && !userId.equals(request.boundUserId())) {
            throw new AppException(
                    ErrorCode.KEY_NOT_BOUND_TO, "user_id must be " + request.boundUserId() + ", whose API key this is");
        }
        JsonViews.answer(ctx, tenants.read(request.orgId(), handle -> look(handle, request.orgId(), userId)));
    }

    private TodayView look(Handle handle, String orgId, @Nullable String userId) {
        LocalDate date = OrganisationZones.load(handle, orgId).dateOf(clock.instant());
        Sums sums = userId == null
                ? UsageStore.ofOrganisation(handle, orgId, date)
                : UsageStore.ofUser(handle, orgId, date, userId);
        List<UsageStore.Count> providers = userId == null
                ? UsageStore.topProviders(handle, orgId, date)
                : UsageStore.topProviders(handle, orgId, date, userId);
        List<UsageStore.Count> models = userId == null
                ? UsageStore.topModels(handle, orgId, date)
                : UsageStore.topModels(handle, orgId, date, userId);
        return new TodayView(
                date.toString(),
                orgId,
                userId,
                sums.count(Counter.CALL_COUNT),
                amount(sums, Quantity.ENERGY, Bound.MID),
                amount(sums, Quantity.WATER, Bound.MID),
                amount(sums, Quantity.CARBON, Bound.MID),
                providers.stream()
                        .map(count -> new ProviderView(count.name(), count.count()))
                        .toList(),
                models.stream()
                        .map(count -> new ModelView(count.name(), count.count()))
                        .toList(),
                sums.count(Counter.UNCOVERED_COUNT),
                JsonViews.moment(Completeness.completeThrough(handle).orElse(null)),
                true,
                amount(sums, Quantity.ENERGY, Bound.LOW),
                amount(sums, Quantity.ENERGY, Bound.HIGH),
                amount(sums, Quantity.WATER, Bound.LOW),
                amount(sums, Quantity.WATER, Bound.HIGH),
                amount(sums, Quantity.CARBON, Bound.LOW),
                amount(sums, Quantity.CARBON, Bound.HIGH));
    }

    private static @Nullable BigDecimal amount(Sums sums, Quantity quantity, Bound bound) {
        return JsonViews.amount(sums.amount(quantity, bound));
    }
}
