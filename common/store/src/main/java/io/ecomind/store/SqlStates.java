package io.ecomind.store;

import java.sql.SQLException;
import java.util.Set;

/** What PostgreSQL's error codes mean for a writer. Stateless. */
public final class SqlStates {
    private static final String UNIQUE_VIOLATION = "23505";

    private static final Set<String> PASSING = Set.of(
            "25006", // read only: connected to what was the primary before a failover
            "55P03", // lock_timeout: somebody held a row for long
            "57014"); // statement_timeout, or cancelled by an operator

    private SqlStates() {}

    /** Passes by itself: it is right to try the same again. An error without a code is one of the connection. */
    public static boolean passes(SQLException e) {
        String state = e.getSQLState() == null ? "08" : e.getSQLState();
        return state.startsWith("08") // connection
                || state.startsWith("40") // deadlock, serialization
                || state.startsWith("53") // out of resources
                || state.startsWith("57P") // shut down, starting up, terminated
                || state.startsWith("58") // the server's disk and system calls
                || PASSING.contains(state);
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
                // What our functions raise, such as months that no table can be made for.
                || state.equals("P0001");
    }

    /** The unique key objects. */
    public static boolean isUniqueViolation(SQLException e) {
        return UNIQUE_VIOLATION.equals(e.getSQLState());
    }
}
