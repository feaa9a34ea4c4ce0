package io.ecomind.dev.chaos;

import java.util.List;

/**
 * What the checker found. Immutable.
 *
 * @param accepted events that the gateway acknowledged
 * @param counted of these, how many are in the event table exactly once
 * @param lost how many are in no table or not in the ledger
 * @param doubled how many are counted more than once
 * @param repeatsInLedger records of events.enriched beyond the first of their event
 * @param problems what is wrong; empty when all is exact
 */
record Verdict(long accepted, long counted, long lost, long doubled, long repeatsInLedger, List<String> problems) {
    Verdict {
        problems = List.copyOf(problems);
    }

    boolean exact() {
        return problems.isEmpty();
    }
}
