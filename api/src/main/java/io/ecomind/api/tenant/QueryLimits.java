package io.ecomind.api.tenant;

import java.time.Duration;

/**
 * What the questions of one organisation may take of the API and its database. Immutable. {@link #DEFAULT} is what the API
 * uses; a throwaway stack of the module {@code dev} can be started with one limit changed, to see the check fail that relies
 * on it.
 *
 * @param statement how long the database may take for a statement
 */
public record QueryLimits(
        QueryConnections connections, QuestionLimits questions, AnswerLimits answers, Duration statement) {
    public static final QueryLimits DEFAULT = new QueryLimits(
            new QueryConnections(16, 2),
            new QuestionLimits(8, 8, Duration.ofSeconds(1)),
            new AnswerLimits(5_000, 2, 6, 100_000, 500, 1L << 20),
            Duration.ofSeconds(15));

    /**
     * Connections to the database.
     *
     * @param questions of all organisations together
     * @param keys further ones that API keys are read by, so that they are known while the others are in use
     */
    public record QueryConnections(int questions, int keys) {}

    /**
     * Limits of the questions of one organisation.
     *
     * @param atOnce that are answered at once
     * @param waiting that wait for these; more are refused at once
     * @param longestWait how long they wait
     */
    public record QuestionLimits(int atOnce, int waiting, Duration longestWait) {}

    /**
     * Limits of answers.
     *
     * @param costlyRows an answer with more rows than this is costly: it holds its connection while its client reads it,
     *     where others are made first and then sent
     * @param costlyPerOrganisation costly answers that are written at once
     * @param costly the same of all organisations together, which leaves connections for the other questions
     * @param maxRows rows of one answer
     * @param fetchedRows rows of an answer in memory at once
     * @param pageBytes after so many bytes a page ends before it has all rows that it may have
     */
    public record AnswerLimits(
            int costlyRows, int costlyPerOrganisation, int costly, int maxRows, int fetchedRows, long pageBytes) {}

    /** The same limits with other numbers of connections. */
    public QueryLimits with(QueryConnections other) {
        return new QueryLimits(other, questions, answers, statement);
    }

    /** The same limits with others of questions. */
    public QueryLimits with(QuestionLimits other) {
        return new QueryLimits(connections, other, answers, statement);
    }

    /** The same limits with others of answers. */
    public QueryLimits with(AnswerLimits other) {
        return new QueryLimits(connections, questions, other, statement);
    }

    /** The same limits with others of costly answers. */
    public QueryLimits withCostly(int rows, int perOrganisation, int inAll, int maxRows) {
        return with(new AnswerLimits(rows, perOrganisation, inAll, maxRows, answers.fetchedRows, answers.pageBytes));
    }
}
