package io.ecomind.ingest;

import io.ecomind.ingest.limits.RateLimitDecision;
import io.ecomind.ingest.validation.ItemError;
import io.ecomind.service.AppException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request. Immutable.
 *
 * @param problem null when something was accepted
 * @param ids one per item in order, null for an item that was rejected
 * @param errorsOmitted how many errors are not listed
 * @param rateLimit null when the plan has no limit
 */
public record IngestResult(
        @Nullable AppException problem,
        int accepted,
        int rejected,
        int duplicates,
        List<@Nullable String> ids,
        List<ItemError> errors,
        int errorsOmitted,
        List<String> warnings,
        @Nullable RateLimitDecision rateLimit,
        Instant now) {}
