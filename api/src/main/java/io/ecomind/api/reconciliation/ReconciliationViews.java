package io.ecomind.api.reconciliation;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers about the reconciliation. */
final class ReconciliationViews {
    private ReconciliationViews() {}

    /**
     * The answer.
     *
     * @param checkedAt when records were checked last, null before the first time
     * @param reconciledThrough everything received before it has been checked, null while that is not known
     * @param missing the organisation's events that are neither counted nor rejected
     * @param resolved those that were missing and are not any more
     * @param disputedDays days that are not sealed because their two entries differ, the first 1,000
     * @param nextCursor null on the last page
     */
    record ReconciliationView(
            String orgId,
            @Nullable Instant checkedAt,
            @Nullable Instant reconciledThrough,
            long missing,
            long resolved,
            List<LocalDate> disputedDays,
            List<MissingEvent> rows,
            @Nullable String nextCursor) {

        static ReconciliationView of(String orgId, ReconciliationReport reconciliation) {
            return new ReconciliationView(
                    orgId,
                    reconciliation.status().checkedAt(),
                    reconciliation.status().reconciledThrough(),
                    reconciliation.counts().missing(),
                    reconciliation.counts().resolved(),
                    reconciliation.disputedDays(),
                    reconciliation.page().rows(),
                    reconciliation.page().nextCursor());
        }
    }
}
