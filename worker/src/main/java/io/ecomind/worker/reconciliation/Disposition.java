package io.ecomind.worker.reconciliation;

import java.util.Locale;

/** What became of a record of events.raw. Of each record exactly one is true. */
enum Disposition {
    HEARTBEAT,
    /** Counted, within the horizon. */
    LIVE,
    /** Counted, beyond the horizon. */
    LATE,
    /** Its identity is counted under another offset. */
    DUPLICATE,
    /** Listed with its reason. */
    REJECTED,
    /** None of these: a transaction was lost. */
    MISSING;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
