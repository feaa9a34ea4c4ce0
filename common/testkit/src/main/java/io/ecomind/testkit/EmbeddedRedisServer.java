package io.ecomind.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import redis.embedded.RedisServer;
import redis.embedded.core.ExecutableProvider;

/** A real Redis on loopback, in memory only. */
public final class EmbeddedRedisServer implements AutoCloseable {
    private static final String CONFIGURATION = "redis.conf";

    private final RedisServer server;
    private final int port;

    private EmbeddedRedisServer(RedisServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /**
     * Starts Redis; {@code directory} is its working directory, and holds its configuration and the unpacked program.
     *
     * @throws ServerStartException when Redis does not start, with what it printed
     */
    public static EmbeddedRedisServer start(Path directory, int port) {
        List<String> output = Collections.synchronizedList(new ArrayList<>());
        try {
            PrivateFolders.create(directory);
            Path configuration = directory.resolve(CONFIGURATION);
            Files.writeString(configuration, configuration(directory, port), StandardCharsets.UTF_8);
            Path program = PrivateFolders.create(directory.resolve("program"));
            String executable = ExecutableProvider.newJarResourceProvider(program.toFile())
                    .get()
                    .getAbsolutePath();
            var server = new RedisServer(
                    port, List.of(executable, configuration.toString()), false, output::add, output::add);
            server.start();
            return new EmbeddedRedisServer(server, port);
        } catch (IOException | RuntimeException e) {
            throw new ServerStartException("Redis", directory, ServerStartException.lastLines(List.copyOf(output)), e);
        }
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public void close() throws IOException {
        server.stop();
    }

    private static String configuration(Path directory, int port) {
        return String.join(
                "\n",
                "bind 127.0.0.1",
                "port " + port,
                "save \"\"",
                "appendonly no",
                "maxmemory 64mb",
                "dir " + quoted(directory),
                "pidfile " + quoted(directory.resolve("redis.pid")),
                "");
    }

    /** Redis splits a line of its configuration at spaces, unless the value is in double quotes. */
    private static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
