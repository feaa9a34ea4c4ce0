package io.ecomind.api.restatements;

import io.ecomind.api.http.Page;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answers about restatements. */
final class RestatementViews {
    private RestatementViews() {}

    /**
     * A page.
     *
     * @param nextCursor null on the last page
     */
    record RestatementListView(
            String orgId,
            List<RestatementView> rows,
            @Nullable String nextCursor) {
        static RestatementListView of(String orgId, Page<QueuedRestatement> page) {
            return new RestatementListView(
                    orgId, page.rows().stream().map(RestatementView::of).toList(), page.nextCursor());
        }
    }

    /**
     * A request and its outcome.
     *
     * @param kind late or rerate
     * @param state requested, running, waiting (days are not sealed yet), done or failed
     * @param detail how many days had which outcome, or why it failed; null before the first run
     */
    record RestatementView(
            long id,
            LocalDate from,
            LocalDate to,
            String kind,
            @Nullable String factorSet,
            String reason,
            String state,
            @Nullable String detail,
            Instant requestedAt,
            @Nullable Instant finishedAt) {
        static RestatementView of(QueuedRestatement restatement) {
            return new RestatementView(
                    restatement.id(),
                    restatement.fromDate(),
                    restatement.toDate(),
                    restatement.kind(),
                    restatement.factorSet(),
                    restatement.reason(),
                    restatement.state(),
                    restatement.detail(),
                    restatement.requestedAt(),
                    restatement.finishedAt());
        }
    }
}
