package io.ecomind.api.restatements;

import io.ecomind.api.http.Page;
import io.ecomind.api.tenant.TenantContext;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import io.ecomind.service.TooManyRequests;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The queue of requests to restate sealed days, which the pipeline works off. Thread-safe. */
public final class RestatementService {
    /** As many as the pipeline takes up in one run, so that no organisation fills it for ever. */
    static final int MAX_UNFINISHED = 20;

    private static final String RESTATEMENTS = "restatements";

    private static final Duration TRY_AGAIN = Duration.ofMinutes(1);

    private final TenantTransactions tenants;

    public RestatementService(TenantTransactions tenants) {
        this.tenants = tenants;
    }

    /**
     * Queues a request.
     *
     * @throws AppException FORBIDDEN for a sender that is bound to a person, FIELD_INVALID for an unknown factor set, RATE_LIMITED when too many are unfinished
     */
    QueuedRestatement create(TenantContext tenant, NewRestatement request) {
        tenant.requireWholeOrganisation(RESTATEMENTS);
        String orgId = tenant.orgId();
        return tenants.write(tenant, handle -> {
            String set = request.factorSet();
            if (set != null && !RestatementStore.hasFactorSet(handle, set)) {
                throw new AppException(
                        ErrorCode.FIELD_INVALID,
                        "factor_set must be one that GET /v1/factors lists, was '" + set + "'");
            }
            RestatementStore.lockQueue(handle, orgId);
            long unfinished = RestatementStore.unfinished(handle, orgId);
            if (unfinished >= MAX_UNFINISHED) {
                throw TooManyRequests.of(
                        "an organisation must have at most " + MAX_UNFINISHED + " unfinished restatements, has "
                                + unfinished,
                        TRY_AGAIN);
            }
            return RestatementStore.insert(handle, orgId, request);
        });
    }

    /**
     * A page, newest first.
     *
     * @param state null for any
     * @throws AppException FORBIDDEN for a sender that is bound to a person
     */
    Page<QueuedRestatement> list(TenantContext tenant, @Nullable String state, Page.Request page) {
        tenant.requireWholeOrganisation(RESTATEMENTS);
        String orgId = tenant.orgId();
        return page.of(
                tenants.read(
                        tenant, handle -> RestatementStore.page(handle, orgId, state, page.after(), page.rowsToRead())),
                QueuedRestatement::cursor);
    }

    /**
     * One request.
     *
     * @throws AppException FORBIDDEN for a sender that is bound to a person, NOT_FOUND when the organisation has none with the id
     */
    QueuedRestatement get(TenantContext tenant, long id) {
        tenant.requireWholeOrganisation(RESTATEMENTS);
        Optional<QueuedRestatement> found =
                tenants.read(tenant, handle -> RestatementStore.find(handle, tenant.orgId(), id));
        return found.orElseThrow(
                () -> new AppException(ErrorCode.NOT_FOUND, "there is no restatement " + id + " of this organisation"));
    }
}
