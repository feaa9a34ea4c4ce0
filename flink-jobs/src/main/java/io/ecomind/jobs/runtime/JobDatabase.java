package io.ecomind.jobs.runtime;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/** Opens the jobs' connections to PostgreSQL. Stateless. */
public final class JobDatabase {
    /**
     * The server gives up before the socket does: a statement that still runs after its client is gone would keep its
     * locks and block the next attempt.
     */
    private static final String LIMITS =
            "-c lock_timeout=20s -c statement_timeout=50s -c idle_in_transaction_session_timeout=60s";

    private static final String SOCKET_TIMEOUT_SECONDS = "60";

    private static final String LIMITS_OF_LONG_STATEMENTS = "-c lock_timeout=5s";

    private JobDatabase() {}

    /** A connection in auto-commit mode, without limits. */
    public static Connection open(JobConfig config) throws SQLException {
        return config.database().open(properties("ecomind-restatement"));
    }

    /** A connection for transactions that take less than a minute. */
    public static Connection openForTransactions(JobConfig config, String applicationName) throws SQLException {
        Properties properties = properties(applicationName);
        properties.setProperty("options", LIMITS);
        properties.setProperty("socketTimeout", SOCKET_TIMEOUT_SECONDS);
        return openForTransactions(config, properties);
    }

    /** A connection for transactions that may take minutes. */
    public static Connection openForLongTransactions(JobConfig config, String applicationName) throws SQLException {
        Properties properties = properties(applicationName);
        properties.setProperty("options", LIMITS_OF_LONG_STATEMENTS);
        return openForTransactions(config, properties);
    }

    private static Properties properties(String applicationName) {
        var properties = new Properties();
        properties.setProperty("ApplicationName", applicationName);
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("tcpKeepAlive", "true");
        return properties;
    }

    private static Connection openForTransactions(JobConfig config, Properties properties) throws SQLException {
        Connection connection = config.database().open(properties);
        connection.setAutoCommit(false);
        return connection;
    }
}
