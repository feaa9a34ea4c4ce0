package io.ecomind.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;

/**
 * PostgreSQL's advisory locks that processes and database functions share. The number of a lock is {@code hashtext} of
 * its {@link #key}. A session lock is held until it is released or the session ends; a transaction lock until the
 * transaction ends. The two exclude each other.
 */
public enum AdvisoryLock {
    /** Creates the monthly partitions: held by maintain_time_partitions, so that two calls do not create one twice. */
    ENSURE_TIME_PARTITIONS,
    /** Seals days: held by each call of the function of this name; a rebuild holds it so that no day is sealed. */
    SEAL_DAYS,
    /** Restates days: one run at a time; a rebuild holds it so that none begins. */
    RESTATEMENT,
    /** Counts an organisation's requests for restatements, together with the organisation's hash. */
    RESTATEMENTS,
    /** Checks what became of the records of events.raw. */
    RECONCILIATION,
    /** Deletes old rejections. */
    REJECTIONS_RETENTION,
    /** Publishes reference data. */
    REFERENCE_PUBLISHER,
    /** Stores the factor set that ships with the release. */
    SHIPPED_FACTORS;

    /** The text whose hash is the lock's number. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Takes the session lock; waits while another session holds it. */
    public void lock(Connection connection) throws SQLException {
        call(connection, "SELECT true FROM pg_advisory_lock(hashtext(?))");
    }

    /** Takes the session lock, unless another session holds it. */
    public boolean tryLock(Connection connection) throws SQLException {
        return call(connection, "SELECT pg_try_advisory_lock(hashtext(?))");
    }

    /** Releases the session lock. Returns false when this session did not hold it. */
    public boolean unlock(Connection connection) throws SQLException {
        return call(connection, "SELECT pg_advisory_unlock(hashtext(?))");
    }

    /** Takes the lock until the transaction ends; waits while another session holds it. */
    public void lockInTransaction(Connection connection) throws SQLException {
        call(connection, "SELECT true FROM pg_advisory_xact_lock(hashtext(?))");
    }

    private boolean call(Connection connection, String function) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(function)) {
            statement.setString(1, key());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }
}
