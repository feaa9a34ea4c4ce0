package io.ecomind.worker.reconciliation;

import java.util.Locale;

/** What became of a record of events.raw: exactly one of these. */
enum Disposition {
    HEARTBEAT,
    /** Counted, within the horizon. */
    LIVE,
    /** Counted, beyond the horizon. */
    LATE,
    /** Its identity is counted under another offset. */
    DUPLICATE,
    /** In events.rejected, with the reason. */
    REJECTED,
    /** None of these: the Kafka transaction with its result was lost. */
    MISSING;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
