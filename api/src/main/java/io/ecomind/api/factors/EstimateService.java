package io.ecomind.api.factors;

import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Methodology;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.service.AppException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rates calls that nobody made, by the same code as the jobs. Thread-safe. */
public final class EstimateService {
    private final TenantTransactions tenants;
    private final FactorSetService sets;

    public EstimateService(TenantTransactions tenants, FactorSetService sets) {
        this.tenants = tenants;
        this.sets = sets;
    }

    /** Does the work of one request; see {@link TenantTransactions#ask}. */
    <X extends Exception> void ask(TenantContext tenant, TenantTransactions.QuestionWork<X> work) throws X {
        tenants.ask(tenant, work);
    }

    /**
     * Rates calls as if they were received at a moment.
     *
     * @param factorSet null for the set that is active at that moment
     * @param methodology null for that of the set
     * @throws AppException NOT_FOUND for an unknown set
     */
    Estimate estimate(
            TenantTransactions.AdmittedQuestion question,
            List<EstimateRequest.Call> calls,
            @Nullable String factorSet,
            @Nullable Methodology methodology,
            Instant receivedAt) {
        FactorSetService.Loaded loaded = factorSet == null ? sets.active(receivedAt) : sets.get(factorSet);
        FactorSet set = loaded.under(methodology);
        OrganisationFactors own = question.read(handle -> OverrideStore.of(handle, question.orgId()));
        Iterator<Explanation> explained = calls.stream()
                .map(call -> set.explain(call.received(receivedAt), own))
                .iterator();
        return new Estimate(receivedAt, set, explained);
    }
}
