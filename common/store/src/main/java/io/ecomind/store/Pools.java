package io.ecomind.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.ecomind.connect.Secret;

/** Opens connection pools. Stateless. */
public final class Pools {
    private Pools() {}

    /**
     * A pool that gives up after two seconds without a connection, so that a request fails instead of queueing.
     *
     * @param jdbcUrl without user and password
     */
    public static HikariDataSource open(String name, String jdbcUrl, String user, Secret password, int maxConnections) {
        var config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl(jdbcUrl);
        config.setUsername(user);
        config.setPassword(password.value());
        config.setMaximumPoolSize(maxConnections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(2_000);
        // The process starts without its database and says so in /readyz.
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }
}
