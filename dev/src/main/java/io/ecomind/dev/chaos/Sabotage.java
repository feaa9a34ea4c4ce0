package io.ecomind.dev.chaos;

/** What a set-up can be without, to prove that the checker notices. */
enum Sabotage {
    NONE,
    /** Every record of events.raw counts as an identity of its own. */
    NO_DEDUPE,
    /** The event table takes the same event twice. */
    NO_UNIQUE_KEY,
    /** The enrichment writes without transactions. */
    NO_TRANSACTION
}
