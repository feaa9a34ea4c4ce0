package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.FactorSetDiff;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.service.AppException;
import io.ecomind.usage.EpochMicros;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What differs between two factor sets, in general and for one organisation. Thread-safe. */
public final class FactorDiffService {
    private static final int MAX_PAIRS = 10_000;
    private static final int DAYS = 30;

    private final TenantTransactions tenants;
    private final FactorSetService sets;
    private final Clock clock;

    public FactorDiffService(TenantTransactions tenants, FactorSetService sets, Clock clock) {
        this.tenants = tenants;
        this.sets = sets;
        this.clock = clock;
    }

    /**
     * Compares a set with an earlier one.
     *
     * @param from null for the set that it replaces
     * @throws AppException NOT_FOUND for an unknown set, INVALID_PARAMETER when the set replaces none
     */
    FactorDiff ofSet(TenantContext tenant, String set, @Nullable String from) {
        FactorSet after = sets.get(set).set();
        String earlier = from == null ? after.replaces() : from;
        if (earlier.isEmpty()) {
            throw QueryParameters.invalid(
                    "factor set " + after.id() + " replaces none: name the set to compare it with in from");
        }
        return between(tenant, earlier, after.id());
    }

    /**
     * Compares two sets.
     *
     * @throws AppException NOT_FOUND for an unknown set
     */
    FactorDiff between(TenantContext tenant, String from, String to) {
        FactorSet before = sets.get(from).set();
        FactorSet after = sets.get(to).set();
        Instant now = clock.instant();
        FactorSetDiff diff = FactorSetDiff.between(before, after, EpochMicros.of(now));
        FactorDiff.OrganisationDiff organisation =
                tenants.read(tenant, handle -> ofOrganisation(handle, tenant, before, after, now));
        return new FactorDiff(before.id(), after.id(), now, diff, organisation);
    }

    private static FactorDiff.OrganisationDiff ofOrganisation(
            Handle handle, TenantContext tenant, FactorSet before, FactorSet after, Instant now) {
        String orgId = tenant.orgId();
        LocalDate today = OrganisationZones.load(handle, orgId).dateOf(now);
        var range = new DateRange(today.minusDays(DAYS - 1), today);
        OrganisationFactors own = OverrideStore.of(handle, orgId);
        List<ModelTotals> pairs = ModelTotalsStore.largest(handle, tenant, range, MAX_PAIRS);
        var earlier = new SetTotals();
        var later = new SetTotals();
        for (ModelTotals pair : pairs) {
            earlier.add(pair, before.rate(pair.averageCall(now), own));
            later.add(pair, after.rate(pair.averageCall(now), own));
        }
        return new FactorDiff.OrganisationDiff(
                range,
                ModelTotalsStore.all(handle, tenant, range).callCount(),
                pairs.stream().mapToLong(ModelTotals::callCount).sum(),
                earlier,
                later);
    }
}
