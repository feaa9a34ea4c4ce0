package io.ecomind.jobs.restatement;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A request to restate sealed days. Immutable.
 *
 * @param factorSet rate all rows again under it; null: only count what came late
 * @param orgId null: all organisations
 * @param from first local date; null: the first day there is
 * @param to last local date; null: the last day there is
 * @param reason what is written beside the new versions; may be empty
 */
public record RestatementRequest(
        @Nullable String factorSet,
        @Nullable String orgId,
        @Nullable LocalDate from,
        @Nullable LocalDate to,
        String reason) {
    /** Everything that came late. */
    public static final RestatementRequest LATE = new RestatementRequest(null, null, null, null, "");

    String kind() {
        return factorSet == null ? "late" : "rerate";
    }
}
