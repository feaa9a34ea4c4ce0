package io.ecomind.dev.chaos;

/** The safeguard that is removed from a set-up, to show that the checker notices. */
enum Sabotage {
    NONE,
    /** The enrichment treats every record of events.raw as a different event. */
    NO_DEDUPE,
    /** The event table accepts the same event twice. */
    NO_UNIQUE_KEY,
    /** The enrichment writes without transactions. */
    NO_TRANSACTION
}
