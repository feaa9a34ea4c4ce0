package io.ecomind.api.factors;

import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.service.http.HttpFeature;
import java.time.Clock;
import java.util.List;

/** The routes about factor sets, with their services. Stateless. */
public final class FactorFeatures {
    private FactorFeatures() {}

    public static List<HttpFeature> create(TenantTransactions tenants, Clock clock) {
        var sets = new FactorSetService(tenants);
        return List.of(
                new EstimateRoutes(new EstimateService(tenants, sets), clock),
                // Before the sets by their ids, of which diff is none.
                new FactorDiffRoutes(new FactorDiffService(tenants, sets, clock)),
                new FactorSetRoutes(sets, clock),
                new CoverageRoutes(new CoverageService(tenants, sets, clock)));
    }
}
