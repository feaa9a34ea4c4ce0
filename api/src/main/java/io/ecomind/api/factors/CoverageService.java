package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.api.http.RequestedDays;
import io.ecomind.api.tenant.Completeness;
import io.ecomind.api.tenant.OrganisationZones;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;

/** Which of an organisation's calls no factor covers. Thread-safe. */
public final class CoverageService {
    private final TenantTransactions tenants;
    private final FactorSetService sets;
    private final Clock clock;

    public CoverageService(TenantTransactions tenants, FactorSetService sets, Clock clock) {
        this.tenants = tenants;
        this.sets = sets;
        this.clock = clock;
    }

    /** The coverage of some days, with the largest gaps. */
    Coverage get(TenantContext tenant, RequestedDays days, int limit) {
        Instant now = clock.instant();
        FactorSet set = sets.active(now).set();
        String orgId = tenant.orgId();
        return tenants.read(tenant, handle -> {
            LocalDate today = OrganisationZones.load(handle, orgId).dateOf(now);
            DateRange range = days.resolve(today);
            OrganisationFactors own = OverrideStore.of(handle, orgId);
            ModelTotals.AllModels all = ModelTotalsStore.all(handle, tenant, range);
            return new Coverage(
                    range,
                    Completeness.completeThrough(handle).orElse(null),
                    !range.to().isBefore(today) || !all.sealed(),
                    all,
                    ModelTotalsStore.leastCovered(handle, tenant, range, limit).stream()
                            .map(pair -> new Coverage.Gap(pair, set.explain(pair.averageUncoveredCall(now), own)))
                            .toList());
        });
    }
}
