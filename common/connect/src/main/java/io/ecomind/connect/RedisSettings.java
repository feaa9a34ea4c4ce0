package io.ecomind.connect;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, and how its clients prove who they are and whom they talk to. Immutable. {@link #toString} shows no
 * secret.
 *
 * @param address {@code redis://HOST:PORT}, or {@code rediss://HOST:PORT} with TLS, in which the server's certificate must
 *     be valid for the host
 * @param user null: Redis' user {@code default}
 * @param password empty: none
 * @param certificateAuthority PEM file of the certificates to trust with TLS; null: those that Java trusts
 */
public record RedisSettings(
        String address,
        @Nullable String user,
        Secret password,
        @Nullable Path certificateAuthority) {
    private static final String USER = "username";
    private static final String PASSWORD = "password";
    private static final String CERTIFICATE_AUTHORITY = "ssl.ca.location";
    private static final int DEFAULT_PORT = 6_379;

    public RedisSettings {
        URI uri = URI.create(address);
        if (!("redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme())) || uri.getHost() == null) {
            throw new IllegalArgumentException("the address of Redis must be redis://HOST:PORT or rediss://HOST:PORT");
        }
    }

    /**
     * Reads {@code redis://USER:PASSWORD@HOST:PORT}.
     *
     * @throws IllegalArgumentException when it is none; the text is not repeated, it may hold a password
     */
    public static RedisSettings parse(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("the address of Redis is not a URL");
        }
        String login = uri.getRawUserInfo();
        int at = url.indexOf('@');
        String address = login == null ? url : url.substring(0, url.indexOf("//") + 2) + url.substring(at + 1);
        String user = null;
        String password = "";
        if (login != null) {
            int colon = login.indexOf(':');
            // Without a colon it is a password, as Redis' own clients read it.
            user = colon > 0 ? decode(login.substring(0, colon)) : null;
            password = decode(login.substring(colon + 1));
        }
        return new RedisSettings(address, user, new Secret(password), null);
    }

    /**
     * The same with the settings of a file of properties: {@value #USER}, {@value #PASSWORD} and
     * {@value #CERTIFICATE_AUTHORITY}.
     *
     * @throws IllegalArgumentException when it cannot be read, or has something else in it
     */
    public RedisSettings with(Path file) {
        Map<String, String> settings = SettingsFile.read(file);
        var unknown = new TreeSet<>(settings.keySet());
        unknown.removeAll(Set.of(USER, PASSWORD, CERTIFICATE_AUTHORITY));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("the settings of Redis are " + USER + ", " + PASSWORD + " and "
                    + CERTIFICATE_AUTHORITY + "; " + unknown.first() + " is none of them");
        }
        String authority = settings.get(CERTIFICATE_AUTHORITY);
        return new RedisSettings(
                address,
                settings.getOrDefault(USER, user),
                settings.containsKey(PASSWORD) ? new Secret(settings.get(PASSWORD)) : password,
                authority == null ? certificateAuthority : Path.of(authority));
    }

    /** Reads ECOMIND_REDIS_URL and ECOMIND_REDIS_CONFIG. */
    public static RedisSettings fromEnv(EnvReader env) {
        RedisSettings byUrl = env.parsed(
                "ECOMIND_REDIS_URL",
                RedisSettings::parse,
                "an address such as redis://HOST:PORT or rediss://HOST:PORT",
                parse("redis://unset"));
        return env.settings("ECOMIND_REDIS_CONFIG", byUrl::with, byUrl);
    }

    public boolean encrypted() {
        return address.startsWith("rediss:");
    }

    public String host() {
        return URI.create(address).getHost();
    }

    public int port() {
        int port = URI.create(address).getPort();
        return port < 0 ? DEFAULT_PORT : port;
    }

    /** As one URL with user and password; secret. */
    public String toUrl() {
        if (password.value().isEmpty()) {
            return address;
        }
        int host = address.indexOf("//") + 2;
        return address.substring(0, host) + (user == null ? "" : encode(user)) + ":" + encode(password.value()) + "@"
                + address.substring(host);
    }

    private static String decode(String text) {
        // In this part of a URL a plus is a plus.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
