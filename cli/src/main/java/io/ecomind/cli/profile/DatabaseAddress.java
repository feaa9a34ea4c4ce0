package io.ecomind.cli.profile;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.Secret;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * A PostgreSQL database and who logs in to it. Immutable.
 *
 * @param jdbcUrl without user and password
 */
public record DatabaseAddress(String jdbcUrl, String user, Secret password) {
    private static final String JDBC = "jdbc:";

    /**
     * Reads {@code postgresql://user:password@host:port/database?…} or {@code jdbc:postgresql://…?user=…&password=…}.
     *
     * @throws CommandException when it is neither, or has no user; the text is not repeated, it holds a password
     */
    public static DatabaseAddress parse(String text) {
        DatabaseAddress address = parse(text, "");
        if (address.user().isEmpty()) {
            throw new CommandException("the database URL names no user");
        }
        return address;
    }

    /** The same for a URL that need not name a user. */
    static DatabaseAddress parse(String text, String defaultUser) {
        String plain = text.startsWith(JDBC) ? text.substring(JDBC.length()) : text;
        URI uri;
        try {
            uri = URI.create(plain.replaceFirst("^postgres://", "postgresql://"));
        } catch (IllegalArgumentException e) {
            throw new CommandException("the database URL is not a URL");
        }
        if (!"postgresql".equals(uri.getScheme())
                || uri.getHost() == null
                || uri.getPath().length() < 2) {
            throw new CommandException(
                    "the database URL must look like postgresql://HOST:PORT/NAME, with USER:PASSWORD@ before the host where a login belongs to it");
        }
        String user = "";
        String password = "";
        String login = uri.getRawUserInfo();
        if (login != null) {
            int colon = login.indexOf(':');
            user = decode(colon < 0 ? login : login.substring(0, colon));
            password = colon < 0 ? "" : decode(login.substring(colon + 1));
        }
        List<String> others = new ArrayList<>();
        for (String parameter :
                uri.getRawQuery() == null ? new String[0] : uri.getRawQuery().split("&", -1)) {
            if (parameter.startsWith("user=")) {
                user = decode(parameter.substring(5));
            } else if (parameter.startsWith("password=")) {
                password = decode(parameter.substring(9));
            } else {
                others.add(parameter);
            }
        }
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String query = others.isEmpty() ? "" : "?" + String.join("&", others);
        return new DatabaseAddress(
                JDBC + "postgresql://" + uri.getHost() + port + uri.getRawPath() + query,
                user.isEmpty() ? defaultUser : user,
                new Secret(password));
    }

    /** The same database for another role. */
    public DatabaseAddress as(String role, Secret rolePassword) {
        return new DatabaseAddress(jdbcUrl, role, rolePassword);
    }

    /** As one URL with user and password. */
    public String toUrl() {
        String rest = jdbcUrl.substring((JDBC + "postgresql://").length());
        return "postgresql://" + encode(user) + ":" + encode(password.value()) + "@" + rest;
    }

    /** Connections, unpooled. */
    public DataSource dataSource() {
        return settings().dataSource();
    }

    /** For processes and jobs. */
    public DatabaseSettings settings() {
        return new DatabaseSettings(jdbcUrl, user, password);
    }

    private static String decode(String text) {
        // In this part of a URL a plus is a plus.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
