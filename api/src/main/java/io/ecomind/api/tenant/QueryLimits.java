package io.ecomind.api.tenant;

import java.time.Duration;

/**
 * What the questions of one organisation may take of the API and its database. Immutable. {@link #DEFAULT} is what the API
 * uses; a throwaway stack of the module {@code dev} can be started with one limit changed, to see the check fail that relies
 * on it.
 *
 * @param connections to the database, of all organisations together
 * @param keyConnections further ones that API keys are read by, so that they are known while the others are in use
 * @param readsPerOrganisation questions that are answered at once
 * @param waitingPerOrganisation questions that wait for these; more are refused at once
 * @param longestWait how long they wait
 * @param costlyRows an answer with more rows than this is costly: it holds its connection while its client reads it, where
 *     others are made first and then sent
 * @param costlyPerOrganisation costly answers that are written at once
 * @param costly the same of all organisations together, which leaves connections for the other questions
 * @param maxRows rows of one answer
 * @param fetchedRows rows of an answer in memory at once
 * @param pageBytes after so many bytes a page ends before it has all rows that it may have
 * @param statement how long the database may take for a statement
 */
public record QueryLimits(
        int connections,
        int keyConnections,
        int readsPerOrganisation,
        int waitingPerOrganisation,
        Duration longestWait,
        int costlyRows,
        int costlyPerOrganisation,
        int costly,
        int maxRows,
        int fetchedRows,
        long pageBytes,
        Duration statement) {
    public static final QueryLimits DEFAULT = new QueryLimits(
            16, 2, 8, 8, Duration.ofSeconds(1), 5_000, 2, 6, 100_000, 500, 1L << 20, Duration.ofSeconds(15));

    /** The same limits with others for costly answers. */
    public QueryLimits withCostly(int rows, int perOrganisation, int inAll, int most) {
        return new QueryLimits(
                connections,
                keyConnections,
                readsPerOrganisation,
                waitingPerOrganisation,
                longestWait,
                rows,
                perOrganisation,
                inAll,
                most,
                fetchedRows,
                pageBytes,
                statement);
    }

    /** The same limits with others for questions that are answered at once. */
    public QueryLimits withReads(int perOrganisation, int waiting, Duration longest) {
        return new QueryLimits(
                connections,
                keyConnections,
                perOrganisation,
                waiting,
                longest,
                costlyRows,
                costlyPerOrganisation,
                costly,
                maxRows,
                fetchedRows,
                pageBytes,
                statement);
    }

    /** The same limits with another for the bytes of a page. */
    public QueryLimits withPageBytes(long most) {
        return new QueryLimits(
                connections,
                keyConnections,
                readsPerOrganisation,
                waitingPerOrganisation,
                longestWait,
                costlyRows,
                costlyPerOrganisation,
                costly,
                maxRows,
                fetchedRows,
                most,
                statement);
    }

    /** The same limits with other numbers of connections. */
    public QueryLimits withConnections(int questions, int keys) {
        return new QueryLimits(
                questions,
                keys,
                readsPerOrganisation,
                waitingPerOrganisation,
                longestWait,
                costlyRows,
                costlyPerOrganisation,
                costly,
                maxRows,
                fetchedRows,
                pageBytes,
                statement);
    }
}
