package io.ecomind.api.factors;

import io.ecomind.api.http.DateRange;
import io.ecomind.footprint.Explanation;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of an organisation's calls no factor covers. Immutable.
 *
 * @param completeThrough everything received before is in; null while that is not known
 * @param gaps the largest ones
 */
record Coverage(
        DateRange range,
        @Nullable Instant completeThrough,
        boolean provisional,
        ModelTotals.AllModels totals,
        List<Gap> gaps) {

    /** A provider's model with uncovered calls, and how its average uncovered call would be rated now. */
    record Gap(ModelTotals pair, Explanation explanation) {}
}
