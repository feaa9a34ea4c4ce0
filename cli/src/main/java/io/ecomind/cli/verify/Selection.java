package io.ecomind.cli.verify;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Which part of the data is checked; null means all. Immutable.
 *
 * @param from first local date
 * @param to last local date
 */
public record Selection(
        @Nullable String orgId,
        @Nullable LocalDate from,
        @Nullable LocalDate to) {
    /** Everything. */
    public static final Selection ALL = new Selection(null, null, null);

    boolean hasOrg(String org) {
        return orgId == null || orgId.equals(org);
    }

    boolean hasDate(@Nullable LocalDate date) {
        if (date == null) {
            return from == null && to == null;
        }
        return (from == null || !date.isBefore(from)) && (to == null || !date.isAfter(to));
    }
}
