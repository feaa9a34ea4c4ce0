package io.ecomind.testkit;

import io.ecomind.connect.RedisSettings;
import io.ecomind.connect.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisServer;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis on loopback, in memory only. One user may log in, with a password, who may run scripts over the keys of the
 * gateway's limits and nothing else; commands that read or write files, change the configuration, load code or make it
 * another server's replica do not exist.
 */
public final class EmbeddedRedisServer implements AutoCloseable {
    private static final String CONFIGURATION = "redis.conf";
    private static final String USER = "ecomind";

    /** What a gateway does: it logs in and runs its script, which calls the commands after it. */
    private static final String RIGHTS = "~ecomind:ingest:* -@all +hello +auth +ping +eval +evalsha"
            + " +time +get +incrby +expire +hmget +hset +pexpire";

    /** With an empty new name, Redis does not know the command any more. */
    private static final List<String> REMOVED_COMMANDS = List.of(
            "ACL",
            "BGREWRITEAOF",
            "BGSAVE",
            "CONFIG",
            "DEBUG",
            "MIGRATE",
            "MODULE",
            "REPLICAOF",
            "RESTORE",
            "SAVE",
            "SHUTDOWN",
            "SLAVEOF");

    private final RedisServer server;
    private final RedisSettings settings;

    private EmbeddedRedisServer(RedisServer server, RedisSettings settings) {
        this.server = server;
        this.settings = settings;
    }

    /**
     * How a server is started.
     *
     * @param program a redis-server or valkey-server to run; null: the one that the library brings
     * @param tls null: the password crosses the loopback interface without encryption
     * @param open whether clients without a password may do everything, too; only to see that a check finds it
     */
    public record RedisOptions(
            Secret password,
            @Nullable Path program,
            @Nullable CertificateFiles tls,
            boolean open) {}

    /** Starts Redis with a new password and without TLS. */
    public static EmbeddedRedisServer start(Path directory, int port) {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return start(directory, port, new RedisOptions(new Secret(HexFormat.of().formatHex(bytes)), null, null, false));
    }

    /**
     * Starts Redis; {@code directory} is its working directory, and holds its configuration and the unpacked program.
     *
     * @throws ServerStartException when Redis does not start, with what it printed
     */
    public static EmbeddedRedisServer start(Path directory, int port, RedisOptions options) {
        List<String> output = Collections.synchronizedList(new ArrayList<>());
        try {
            PrivateFolders.create(directory);
            Path configuration = directory.resolve(CONFIGURATION);
            // As an argument, the password could be seen by every user of the machine.
            Files.deleteIfExists(configuration);
            Files.createFile(
                    configuration, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(configuration, configuration(directory, port, options), StandardCharsets.UTF_8);
            var server = new RedisServer(
                    port,
                    List.of(program(directory, options.program()), configuration.toString()),
                    false,
                    output::add,
                    output::add);
            server.start();
            return new EmbeddedRedisServer(server, settings(port, options));
        } catch (IOException | RuntimeException e) {
            throw new ServerStartException("Redis", directory, ServerStartException.lastLines(List.copyOf(output)), e);
        }
    }

    /** What a client needs. */
    public RedisSettings settings() {
        return settings;
    }

    /** The same as a URL with user and password. */
    public String url() {
        return settings.toUrl();
    }

    @Override
    public void close() throws IOException {
        server.stop();
    }

    private static RedisSettings settings(int port, RedisOptions options) {
        CertificateFiles tls = options.tls();
        return new RedisSettings(
                (tls == null ? "redis" : "rediss") + "://127.0.0.1:" + port,
                USER,
                options.password(),
                tls == null ? null : tls.authority());
    }

    private static String program(Path directory, @Nullable Path given) throws IOException {
        if (given != null) {
            return given.toString();
        }
        Path folder = PrivateFolders.create(directory.resolve("program"));
        String unpacked =
                ExecutableProvider.newJarResourceProvider(folder.toFile()).get().getAbsolutePath();
        PrivateFolders.narrow(folder);
        return unpacked;
    }

    private static String configuration(Path directory, int port, RedisOptions options) {
        List<String> lines = new ArrayList<>(List.of(
                "bind 127.0.0.1",
                "save \"\"",
                "appendonly no",
                "maxmemory 64mb",
                "dir " + quoted(directory),
                "pidfile " + quoted(directory.resolve("redis.pid")),
                options.open() ? "user default on nopass ~* &* +@all" : "user default off",
                "user " + USER + " on #" + sha256(options.password()) + " " + RIGHTS,
                // A script that runs for longer has the others told so, who go on without Redis.
                "lua-time-limit 500"));
        CertificateFiles tls = options.tls();
        if (tls == null) {
            lines.add("port " + port);
        } else {
            lines.addAll(List.of(
                    "port 0",
                    "tls-port " + port,
                    "tls-cert-file " + quoted(tls.chain()),
                    "tls-key-file " + quoted(tls.key()),
                    "tls-ca-cert-file " + quoted(tls.authority()),
                    "tls-auth-clients no"));
        }
        REMOVED_COMMANDS.forEach(command -> lines.add("rename-command " + command + " \"\""));
        lines.add("");
        return String.join("\n", lines);
    }

    private static String sha256(Secret password) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(password.value().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Redis splits a line of its configuration at spaces, unless the value is in double quotes. */
    private static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
