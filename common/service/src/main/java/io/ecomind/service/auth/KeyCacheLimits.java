package io.ecomind.service.auth;

import java.time.Duration;

/**
 * What bounds the rows of API keys that a process keeps. Immutable.
 *
 * @param entries rows that are kept
 * @param unknownEntries ids without a row that are remembered
 * @param waiting ids that may wait for the query that reads them
 * @param unproven callers that may wait at once for the row of a key without a checksum, which anybody can invent: fewer
 *     than a server has threads, because each holds one
 * @param refreshEvery how often the rows of keys in use are read again, all with one query; ids without a row are
 *     remembered as long
 * @param maxAge an older row is read again before it counts; with the query's own time this is how late a revocation is
 *     noticed
 * @param inUse a key that was used within this time is in use
 * @param withoutDatabase how long a row counts while the database does not answer
 * @param answerWithin how long a caller waits for a row, and the query for its answer
 * @param askAgainAfter how long after a query that failed one caller without a row has the next one sent; the others are
 *     refused at once until it is answered
 */
public record KeyCacheLimits(
        int entries,
        int unknownEntries,
        int waiting,
        int unproven,
        Duration refreshEvery,
        Duration maxAge,
        Duration inUse,
        Duration withoutDatabase,
        Duration answerWithin,
        Duration askAgainAfter) {
    public static final KeyCacheLimits DEFAULT = new KeyCacheLimits(
            10_000,
            10_000,
            1_000,
            8,
            Duration.ofSeconds(4),
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(15),
            Duration.ofMillis(2_500),
            Duration.ofSeconds(1));

    /** The same limits with another of callers whose key may be invented. */
    public KeyCacheLimits withUnproven(int other) {
        return new KeyCacheLimits(
                entries,
                unknownEntries,
                waiting,
                other,
                refreshEvery,
                maxAge,
                inUse,
                withoutDatabase,
                answerWithin,
                askAgainAfter);
    }
}
