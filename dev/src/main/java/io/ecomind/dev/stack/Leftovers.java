package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a killed launcher left: servers that still run, and temporary files. Only servers that work in the data directory are
 * stopped.
 */
final class Leftovers {
    private static final int STOP_SECONDS = 5;

    private Leftovers() {}

    /** One text for each thing that is left; empty when there is nothing. Only meaningful while no launcher runs. */
    static List<String> list(DataDirectory data) {
        List<String> left = new ArrayList<>();
        try {
            EmbeddedPostgresServer.running(data.postgres())
                    .ifPresent(server -> left.add("PostgreSQL (pid " + server.pid() + ")"));
            runningRedis(data.redis()).ifPresent(server -> left.add("Redis (pid " + server.pid() + ")"));
            Scratch.leftOver(data).forEach(folder -> left.add("temporary files in " + folder));
        } catch (IOException e) {
            left.add("files that cannot be read: " + e.getMessage());
        }
        return left;
    }

    /** Stops the servers; the caller holds the lock of the directory. */
    static void stopServers(DataDirectory data) {
        try {
            EmbeddedPostgresServer.stopOrphan(data.postgres());
            stopRedis(data.redis());
        } catch (IOException e) {
            throw new CommandException("a server of an earlier run could not be stopped: " + e.getMessage(), e);
        }
    }

    /**
     * Stops the servers and removes the temporary files and the certificates, which each start makes anew; the caller holds
     * the lock of the directory.
     */
    static void remove(DataDirectory data) throws IOException {
        stopServers(data);
        Scratch.clean(data);
        if (Files.exists(certificates(data))) {
            PrivateFolders.delete(certificates(data));
        }
    }

    /** Where the throwaway authority of {@code --tls} and the servers' keys are. */
    static Path certificates(DataDirectory data) {
        return data.run().resolve("tls");
    }

    private static void stopRedis(Path directory) throws IOException {
        Optional<ProcessHandle> redis = runningRedis(directory);
        if (redis.isPresent()) {
            end(redis.get());
        }
        Files.deleteIfExists(pidFile(directory));
    }

    private static Optional<ProcessHandle> runningRedis(Path directory) throws IOException {
        if (!Files.exists(pidFile(directory))) {
            return Optional.empty();
        }
        String pid = Files.readString(pidFile(directory)).trim();
        return pid.matches("\\d{1,10}")
                ? ProcessHandle.of(Long.parseLong(pid)).filter(process -> isRedisOf(process, directory))
                : Optional.empty();
    }

    private static Path pidFile(Path directory) {
        return directory.resolve("redis.pid");
    }

    private static boolean isRedisOf(ProcessHandle process, Path directory) {
        boolean redis = process.info().command().orElse("").contains("redis");
        Path workingDirectory = Path.of("/proc", Long.toString(process.pid()), "cwd");
        try {
            // The pid may belong to another program by now, and the name alone could be another installation's Redis.
            return redis && Files.isSameFile(workingDirectory, directory);
        } catch (IOException notVisible) {
            return false;
        }
    }

    private static void end(ProcessHandle process) throws IOException {
        process.destroy();
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException stubborn) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while an old Redis stopped", e);
        } catch (ExecutionException e) {
            throw new IOException("an old Redis did not stop", e);
        }
    }
}
