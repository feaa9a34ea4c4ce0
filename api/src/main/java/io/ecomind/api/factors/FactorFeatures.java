package io.ecomind.api.factors;

import io.ecomind.api.tenant.TenantRequests;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.service.http.HttpFeature;
import java.time.Clock;
import java.util.List;
import javax.sql.DataSource;

/** The routes of this package over one store of sets. Stateless. */
public final class FactorFeatures {
    private FactorFeatures() {}

    public static List<HttpFeature> create(
            DataSource database, TenantRequests requests, TenantTransactions tenants, Clock clock) {
        var sets = new FactorStore(database);
        return List.of(
                new EstimateRoutes(requests, tenants, sets, clock),
                // Before the sets by their ids, of which diff is none.
                new FactorDiffRoutes(requests, tenants, sets, clock),
                new FactorSetRoutes(requests, sets, clock),
                new CoverageRoutes(requests, tenants, sets, clock));
    }
}
