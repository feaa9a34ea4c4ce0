package io.ecomind.service.auth;

import java.time.Duration;

/**
 * What bounds the rows of API keys that a process keeps. Immutable.
 *
 * @param entries rows that are kept
 * @param unknownEntries ids without a row that are remembered
 * @param waiting ids that may wait for the query that reads them
 * @param refreshEvery how often the rows of keys in use are read again, all with one query; ids without a row are
 *     remembered as long
 * @param maxAge an older row is read again before it counts; with the query's own time this is how late a revocation is
 *     noticed
 * @param inUse a key that was used within this time is in use
 * @param withoutDatabase how long a row counts while the database does not answer
 * @param answerWithin how long a caller waits for a row, and the query for its answer
 * @param askAgainAfter how long after a query that failed the next caller without a row has one sent
 */
public record KeyCacheLimits(
        int entries,
        int unknownEntries,
        int waiting,
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
            Duration.ofSeconds(4),
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(15),
            Duration.ofMillis(2_500),
            Duration.ofSeconds(1));
}
