package io.ecomind.api.factors;

import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorSet;
import java.time.Instant;
import java.util.List;

/**
 * Calls with their calculation. Immutable.
 *
 * @param receivedAt the moment that chose the set and the organisation's own factors
 * @param explained in the order of the calls
 */
record Estimate(Instant receivedAt, FactorSet set, List<Explanation> explained) {}
