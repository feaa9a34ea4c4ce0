package io.ecomind.api.usage;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one person, or the whole organisation, has used since the organisation's midnight. Immutable.
 *
 * @param userId whose it is, null for the whole organisation's
 * @param completeThrough everything received before is in; null while that is not known
 */
record TodayUsage(
        @Nullable String userId,
        LocalDate date,
        Sums sums,
        List<CallCount> topProviders,
        List<CallCount> topModels,
        @Nullable Instant completeThrough) {

    /** How often a provider or a model was called. */
    record CallCount(String name, long calls) {}
}
