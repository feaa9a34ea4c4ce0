package io.ecomind.ingest;

import io.ecomind.ingest.limits.NameLimits;
import io.ecomind.ingest.publish.RejectionLimits;
import io.ecomind.ingest.validation.ItemLimits;
import io.ecomind.service.auth.KeyCacheLimits;

/**
 * What bounds the work and the memory of the gateway, beside the plan of each organisation. Immutable.
 *
 * @param items of one request
 * @param rejections that are kept
 * @param names that are remembered
 * @param keys whose rows are kept, and callers that wait for one
 */
public record IngestLimits(ItemLimits items, RejectionLimits rejections, NameLimits names, KeyCacheLimits keys) {
    public static final IngestLimits DEFAULT =
            new IngestLimits(ItemLimits.DEFAULT, RejectionLimits.DEFAULT, NameLimits.DEFAULT, KeyCacheLimits.DEFAULT);
}
