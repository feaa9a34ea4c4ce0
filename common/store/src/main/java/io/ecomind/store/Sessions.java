package io.ecomind.store;

import io.ecomind.connect.ConnectionFactory;
import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.Secret;
import java.time.Duration;
import java.util.Properties;

/** Opens single connections that are kept for long, such as those that hold an advisory lock. Stateless. */
public final class Sessions {
    private Sessions() {}

    /**
     * Connections in auto-commit mode.
     *
     * @param application the name under which PostgreSQL lists the session
     * @param socketTimeout after so long without an answer the connection is lost: a server that vanished must not hold
     *     the thread for ever
     */
    public static ConnectionFactory of(
            String jdbcUrl, String user, Secret password, String application, Duration socketTimeout) {
        var properties = new Properties();
        properties.setProperty("ApplicationName", application);
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", Long.toString(socketTimeout.toSeconds()));
        properties.setProperty("tcpKeepAlive", "true");
        var settings = new DatabaseSettings(jdbcUrl, user, password);
        return () -> settings.open(properties);
    }
}
