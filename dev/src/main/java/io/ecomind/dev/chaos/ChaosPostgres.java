package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The PostgreSQL of a set-up, which scenarios kill, stop and take back to an earlier state. Not thread-safe. */
final class ChaosPostgres implements AutoCloseable {
    private final Path directory;
    private final int port;
    private EmbeddedPostgresServer server;

    private ChaosPostgres(Path directory, int port) {
        this.directory = directory;
        this.port = port;
        this.server = EmbeddedPostgresServer.start(directory, port);
    }

    static ChaosPostgres start(Path directory) {
        return new ChaosPostgres(directory, FreePorts.find(1)[0]);
    }

    EmbeddedPostgresServer server() {
        return server;
    }

    int port() {
        return port;
    }

    /** The address of the database ecomind, past the proxy. */
    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/ecomind";
    }

    /** kill -9 of the server; its children end by themselves. */
    void kill() {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data().resolve("postmaster.pid")).get(0).trim());
            ProcessHandle process =
                    ProcessHandle.of(pid).orElseThrow(() -> new CommandException("PostgreSQL does not run any more"));
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            process.destroyForcibly();
            all.add(process);
            Waiting.until(
                    "PostgreSQL is gone",
                    Duration.ofSeconds(30),
                    () -> all.stream().noneMatch(ProcessHandle::isAlive));
            // The server is gone already; this releases the lock on its data directory.
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Shuts it down, as a planned stop does. */
    void stop() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it again on its data. */
    void restart() {
        server = EmbeddedPostgresServer.start(directory, port);
    }

    /** Copies the data; the server must be stopped. */
    void backUp(Path to) {
        copy(data(), to);
    }

    /** Replaces the data by a copy; the server must be stopped. */
    void restore(Path from) {
        try {
            PrivateFolders.delete(data());
            copy(from, data());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stop();
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static void copy(Path from, Path to) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                        throws IOException {
                    Path target = Files.createDirectories(
                            to.resolve(from.relativize(folder).toString()));
                    Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(folder));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
