package io.ecomind.api.factors;

import io.ecomind.footprint.Explanation;
import io.ecomind.footprint.FactorSet;
import java.time.Instant;
import java.util.Iterator;

/**
 * Calls with their calculation.
 *
 * @param receivedAt the moment that chose the set and the organisation's own factors
 * @param explained in the order of the calls; each is calculated when it is asked for
 */
record Estimate(Instant receivedAt, FactorSet set, Iterator<Explanation> explained) {}
