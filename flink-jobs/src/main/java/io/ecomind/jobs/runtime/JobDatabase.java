package io.ecomind.jobs.runtime;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Opens connections. Stateless. */
public final class JobDatabase {
    private JobDatabase() {}

    /** A connection in auto-commit mode. */
    public static Connection open(JobConfig config) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", config.databaseUser());
        properties.setProperty("password", config.databasePassword());
        properties.setProperty("ApplicationName", "ecomind-restatement");
        properties.setProperty("tcpKeepAlive", "true");
        return DriverManager.getConnection(config.jdbcUrl(), properties);
    }
}
