package io.ecomind.connect;

import java.io.Serializable;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where PostgreSQL is, who logs in, and how the server proves who it is. Immutable. {@link #toString} shows no secret.
 *
 * @param jdbcUrl without user and password; what concerns TLS is part of it, such as {@code ?sslmode=verify-full}
 */
public record DatabaseSettings(String jdbcUrl, String user, Secret password) implements Serializable {
    private static final String USER = "user";
    private static final String PASSWORD = "password";

    /** Properties of the driver that a settings file may have beside user and password. None of them is secret. */
    private static final Set<String> PROPERTIES = Set.of(
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslnegotiation",
            "channelBinding",
            "requireAuth",
            "targetServerType");

    /**
     * The same with the settings of a file of properties, whose names are those of PostgreSQL's driver.
     *
     * @throws IllegalArgumentException when it cannot be read, or has something else in it
     */
    public DatabaseSettings with(Path file) {
        Map<String, String> settings = new TreeMap<>(SettingsFile.read(file));
        String login = settings.remove(USER);
        String secret = settings.remove(PASSWORD);
        var unknown = new TreeSet<>(settings.keySet());
        unknown.removeAll(PROPERTIES);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("the settings of PostgreSQL are " + USER + ", " + PASSWORD + " and "
                    + new TreeSet<>(PROPERTIES) + "; " + unknown.first() + " is none of them");
        }
        return new DatabaseSettings(
                withProperties(jdbcUrl, settings),
                login == null ? user : login,
                secret == null ? password : new Secret(secret));
    }

    /**
     * Reads ECOMIND_DATABASE_URL, ECOMIND_DATABASE_USER, ECOMIND_DATABASE_PASSWORD and ECOMIND_DATABASE_CONFIG. What the
     * file has takes precedence, and the variable of the password is not needed then.
     */
    public static DatabaseSettings fromEnv(EnvReader env, String defaultUser) {
        String url = env.text("ECOMIND_DATABASE_URL", null);
        String user = env.text("ECOMIND_DATABASE_USER", defaultUser);
        var none = new DatabaseSettings(url, user, new Secret(""));
        DatabaseSettings ofFile = env.settings("ECOMIND_DATABASE_CONFIG", none::with, none);
        String password = env.secret(
                "ECOMIND_DATABASE_PASSWORD", ofFile.password().value().isEmpty());
        return ofFile.password().value().isEmpty()
                ? new DatabaseSettings(ofFile.jdbcUrl(), ofFile.user(), new Secret(password))
                : ofFile;
    }

    /** The URL with further properties of the driver. */
    public static String withProperties(String jdbcUrl, Map<String, String> properties) {
        var url = new StringBuilder(jdbcUrl);
        properties.forEach((name, value) -> url.append(url.indexOf("?") < 0 ? '?' : '&')
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20")));
        return url.toString();
    }

    /** Opens a connection. */
    public Connection open(Properties properties) throws SQLException {
        var all = new Properties();
        properties.stringPropertyNames().forEach(name -> all.setProperty(name, properties.getProperty(name)));
        all.setProperty(USER, user);
        all.setProperty(PASSWORD, password.value());
        return DriverManager.getConnection(jdbcUrl, all);
    }

    /** Connections, unpooled. */
    public DataSource dataSource() {
        var source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl);
        source.setUser(user);
        source.setPassword(password.value());
        return source;
    }
}
