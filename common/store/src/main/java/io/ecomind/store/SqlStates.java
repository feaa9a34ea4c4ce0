package io.ecomind.store;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;

/** What the error codes of PostgreSQL mean for whoever sent the statement. Stateless. */
public final class SqlStates {
    private static final String UNIQUE_VIOLATION = "23505";

    private static final String QUERY_CANCELED = "57014";
    private static final String READ_ONLY = "25006";

    private static final Set<String> TRANSIENT = Set.of(
            READ_ONLY, // read only: connected to what was the primary before a failover
            "55P03", // lock_timeout: another session held a row for long
            "57014"); // statement_timeout, or cancelled by an operator

    private SqlStates() {}

    /**
     * The cause lies outside the statement and is expected to go away: the same transaction may be tried again. An error
     * without a code is one of the connection; a pool that has no connection to give throws
     * {@link SQLTransientException}, whatever the reason.
     */
    public static boolean isTransient(SQLException e) {
        String state = e.getSQLState() == null ? "08" : e.getSQLState();
        return e instanceof SQLTransientException
                || state.startsWith("08") // connection
                || state.startsWith("40") // deadlock, serialization
                || state.startsWith("53") // out of resources
                || state.startsWith("57P") // shut down, starting up, terminated
                || state.startsWith("58") // the server's disk and system calls
                || TRANSIENT.contains(state);
    }

    /** The same for an exception of a library: asks the first {@link SQLException} among its causes. */
    public static boolean isTransient(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return isTransient(sql);
            }
        }
        return false;
    }

    /**
     * A value is at fault: wrong form, out of range, against a constraint, longer than a key may be. The same rows fail
     * again however often they are tried.
     */
    public static boolean isOfData(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        return state.startsWith("22")
                || (state.startsWith("23") && !state.equals(UNIQUE_VIOLATION))
                || state.startsWith("54")
                // What our functions raise.
                || state.equals("P0001");
    }

    /** A statement took longer than it may, or somebody canceled it. */
    public static boolean isCanceled(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return QUERY_CANCELED.equals(sql.getSQLState());
            }
        }
        return false;
    }

    /** A write in a read-only transaction, or on a server that takes no writes. */
    public static boolean isReadOnly(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return READ_ONLY.equals(sql.getSQLState());
            }
        }
        return false;
    }

    /** A row with the same unique key exists. */
    public static boolean isUniqueViolation(SQLException e) {
        return UNIQUE_VIOLATION.equals(e.getSQLState());
    }
}
