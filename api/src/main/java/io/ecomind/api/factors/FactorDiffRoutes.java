package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.JsonViews;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantRequest;
import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.Permission;
import io.ecomind.footprint.Amounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.FactorSetDiff;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Quantity;
import io.ecomind.footprint.Rating;
import io.ecomind.service.http.Access;
import io.ecomind.service.http.HttpFeature;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/factors/{set}/diff} and {@code /v1/factors/diff}: what moves between two sets, in general and for the
 * caller's organisation. Thread-safe.
 */
public final class FactorDiffRoutes implements HttpFeature {
    private static final int DEFAULT_LIMIT = 1_000;
    private static final int MAX_LIMIT = 10_000;
    private static final int MAX_NAME = 64;
    private static final int MAX_PAIRS = 10_000;
    private static final int DAYS = 30;
    private static final String APPROXIMATION =
            "An approximation: for each provider and model the average call of these days (tokens divided by calls, as"
                    + " text, without region, cache or latency) is rated under both sets, with the organisation's own"
                    + " factors of today, and multiplied by the number of calls. It is not what the days were rated by.";

    private final TenantRequests requests;
    private final TenantTransactions tenants;
    private final FactorStore sets;
    private final Clock clock;

    /**
     * The answer.
     *
     * @param counts how much differs; the lists are the first of it, up to the limit
     */
    record DiffView(
            String orgId,
            String from,
            String to,
            ReferenceCallView referenceCall,
            CountsView counts,
            List<ModelView> models,
            List<GridView> grid,
            List<RowView> rows,
            OrganisationView organisation) {}

    record ReferenceCallView(
            long tokensIn,
            long tokensOut,
            String region,
            @Nullable String ts) {}

    record CountsView(int models, int grid, int rows) {}

    /** @param changePercent of the mid figures; null for what is unknown on one side */
    record ModelView(
            String provider,
            String model,
            SideView before,
            SideView after,
            Map<String, @Nullable BigDecimal> changePercent) {}

    /** Mid figures of the reference call; null when uncovered. */
    record SideView(
            String match,
            String matched,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterL,
            @Nullable BigDecimal co2Kg) {
        static SideView of(Rating rating) {
            return new SideView(
                    rating.match().id(),
                    rating.matched(),
                    mid(rating.amounts(), Quantity.ENERGY),
                    mid(rating.amounts(), Quantity.WATER),
                    mid(rating.amounts(), Quantity.CARBON));
        }
    }

    /** gCO2e per kWh; null on the side that does not have the row. */
    record GridView(
            String zone,
            @Nullable String start,
            String resolution,
            @Nullable BigDecimal before,
            @Nullable BigDecimal after,
            @Nullable BigDecimal changePercent) {}

    /**
     * A row of another table.
     *
     * @param change added, removed or changed
     * @param columns what differs in a changed row
     */
    record RowView(
            String table,
            String change,
            List<String> columns,
            @Nullable Map<String, @Nullable Object> before,
            @Nullable Map<String, @Nullable Object> after) {}

    /**
     * The organisation's last thirty days under both sets.
     *
     * @param calls all calls of these days
     * @param comparedCalls those that were rated again; the rest belongs to pairs beyond the limit
     */
    record OrganisationView(
            String approximation,
            String from,
            String to,
            long calls,
            long comparedCalls,
            SumsView before,
            SumsView after,
            Map<String, @Nullable BigDecimal> changePercent) {}

    /** Mid figures; null when there are calls and none is covered. */
    record SumsView(
            long uncoveredCalls,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterL,
            @Nullable BigDecimal co2Kg) {}

    FactorDiffRoutes(TenantRequests requests, TenantTransactions tenants, FactorStore sets, Clock clock) {
        this.requests = requests;
        this.tenants = tenants;
        this.sets = sets;
        this.clock = clock;
    }

    @Override
    public void addTo(RoutesConfig routes) {
        routes.get("/v1/factors/diff", this::answerBetween, Access.to(Permission.USAGE_READ));
        routes.get("/v1/factors/{set}/diff", this::answerOfSet, Access.to(Permission.USAGE_READ));
    }

    private void answerBetween(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("from", "to", "limit"));
        answer(ctx, request, required(request, "from"), required(request, "to"));
    }

    private void answerOfSet(Context ctx) {
        TenantRequest request = requests.open(ctx, Set.of("from", "limit"));
        FactorStore.Loaded after = sets.get(ctx.pathParam("set"));
        String from = request.parameters().text("from", MAX_NAME);
        if (from == null) {
            from = after.set().replaces();
        }
        if (from.isEmpty()) {
            throw QueryParameters.invalid(
                    "factor set " + after.set().id() + " replaces none: name the set to compare it with in from");
        }
        answer(ctx, request, from, after.set().id());
    }

    private static String required(TenantRequest request, String name) {
        String id = request.parameters().text(name, MAX_NAME);
        if (id == null) {
            throw QueryParameters.invalid(name + " must be the id of a factor set, is missing");
        }
        return id;
    }

    private void answer(Context ctx, TenantRequest request, String from, String to) {
        int limit = request.parameters().integer("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        FactorSet before = sets.get(from).set();
        FactorSet after = sets.get(to).set();
        Instant now = clock.instant();
        FactorSetDiff diff = FactorSetDiff.between(before, after, OverrideStore.micros(now));
        OrganisationView organisation =
                tenants.read(request.orgId(), handle -> ofOrganisation(handle, request.orgId(), before, after, now));
        JsonViews.answer(
                ctx,
                new DiffView(
                        request.orgId(),
                        before.id(),
                        after.id(),
                        new ReferenceCallView(
                                FactorSetDiff.REFERENCE_TOKENS_IN,
                                FactorSetDiff.REFERENCE_TOKENS_OUT,
                                "",
                                JsonViews.moment(now)),
                        new CountsView(
                                diff.models().size(),
                                diff.grid().size(),
                                diff.rows().size()),
                        diff.models().stream()
                                .limit(limit)
                                .map(FactorDiffRoutes::view)
                                .toList(),
                        diff.grid().stream()
                                .limit(limit)
                                .map(FactorDiffRoutes::view)
                                .toList(),
                        diff.rows().stream()
                                .limit(limit)
                                .map(FactorDiffRoutes::view)
                                .toList(),
                        organisation));
    }

    private static OrganisationView ofOrganisation(
            Handle handle, String orgId, FactorSet before, FactorSet after, Instant now) {
        LocalDate today = OrganisationZones.load(handle, orgId).dateOf(now);
        var range = new DateRange(today.minusDays(DAYS - 1), today);
        OrganisationFactors own = OverrideStore.of(handle, orgId);
        List<ModelTotals> pairs = ModelTotals.largest(handle, orgId, range.from(), range.to(), MAX_PAIRS);
        var earlier = new Sum();
        var later = new Sum();
        for (ModelTotals pair : pairs) {
            earlier.add(pair, before.rate(pair.averageCall(now), own));
            later.add(pair, after.rate(pair.averageCall(now), own));
        }
        Map<String, @Nullable BigDecimal> change = new LinkedHashMap<>();
        for (Quantity quantity : FactorSetDiff.SHOWN) {
            change.put(quantity.column(Bound.MID), percent(earlier.of(quantity), later.of(quantity)));
        }
        return new OrganisationView(
                APPROXIMATION,
                range.from().toString(),
                range.to().toString(),
                ModelTotals.all(handle, orgId, range.from(), range.to()).calls(),
                pairs.stream().mapToLong(ModelTotals::calls).sum(),
                earlier.toView(),
                later.toView(),
                change);
    }

    /** The organisation's calls under one set. */
    private static final class Sum {
        private final Map<Quantity, BigDecimal> amounts = new EnumMap<>(Quantity.class);
        private long calls;
        private long uncovered;

        void add(ModelTotals pair, Rating rating) {
            calls += pair.calls();
            Amounts amounts = rating.amounts();
            if (amounts == null) {
                uncovered += pair.calls();
                return;
            }
            for (Quantity quantity : FactorSetDiff.SHOWN) {
                BigDecimal one = amounts.decimal(quantity, Bound.MID);
                if (one != null) {
                    this.amounts.merge(quantity, one.multiply(BigDecimal.valueOf(pair.calls())), BigDecimal::add);
                }
            }
        }

        /** No calls at all are exactly 0, not unknown. */
        @Nullable
        BigDecimal of(Quantity quantity) {
            return calls == 0 ? BigDecimal.ZERO : amounts.get(quantity);
        }

        SumsView toView() {
            return new SumsView(
                    uncovered,
                    JsonViews.amount(of(Quantity.ENERGY)),
                    JsonViews.amount(of(Quantity.WATER)),
                    JsonViews.amount(of(Quantity.CARBON)));
        }
    }

    private static ModelView view(FactorSetDiff.ModelChange change) {
        Map<String, @Nullable BigDecimal> percents = new LinkedHashMap<>();
        for (Quantity quantity : FactorSetDiff.SHOWN) {
            percents.put(
                    quantity.column(Bound.MID),
                    percent(
                            mid(change.before().amounts(), quantity),
                            mid(change.after().amounts(), quantity)));
        }
        return new ModelView(
                change.provider(), change.model(), SideView.of(change.before()), SideView.of(change.after()), percents);
    }

    private static GridView view(FactorSetDiff.GridChange change) {
        BigDecimal before = figure(change.before());
        BigDecimal after = figure(change.after());
        return new GridView(
                change.zone(),
                JsonViews.moment(change.start()),
                change.resolution().name().toLowerCase(Locale.ROOT),
                before,
                after,
                percent(before, after));
    }

    private static RowView view(FactorSetDiff.RowChange change) {
        return new RowView(
                change.table().id(), change.kind(), change.columns(), side(change.before()), side(change.after()));
    }

    private static @Nullable Map<String, @Nullable Object> side(@Nullable Map<String, @Nullable Object> row) {
        return row == null ? null : FactorSetRoutes.toView(row);
    }

    private static @Nullable BigDecimal figure(@Nullable Double value) {
        return value == null ? null : JsonViews.amount(BigDecimal.valueOf(value));
    }

    private static @Nullable BigDecimal mid(@Nullable Amounts amounts, Quantity quantity) {
        return amounts == null ? null : JsonViews.amount(amounts.decimal(quantity, Bound.MID));
    }

    /** To six decimal places; null when one side is unknown or the earlier one is 0. */
    private static @Nullable BigDecimal percent(@Nullable BigDecimal before, @Nullable BigDecimal after) {
        if (before == null || after == null || before.signum() == 0) {
            return null;
        }
        return JsonViews.amount(
                after.subtract(before).multiply(BigDecimal.valueOf(100)).divide(before, 6, RoundingMode.HALF_EVEN));
    }
}
