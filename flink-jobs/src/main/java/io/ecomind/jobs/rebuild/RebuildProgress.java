package io.ecomind.jobs.rebuild;

/** Hears how far a rebuild is. Called by the thread that runs it. */
@FunctionalInterface
public interface RebuildProgress {
    /** Hears nothing. */
    RebuildProgress NONE = (phase, done, total) -> {};

    /** What is counted. */
    enum Phase {
        /** Offsets of both topics, read before anything is written. */
        LOOKING,
        /** Events of the ledger, on their way into the tables. */
        WRITING
    }

    void at(Phase phase, long done, long total);
}
