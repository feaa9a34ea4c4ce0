package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.testkit.EmbeddedPostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Servers that a killed launcher left behind. Only processes that work in the data directory are stopped. */
final class Orphans {
    private static final int STOP_SECONDS = 5;

    private Orphans() {}

    /** Stops all; the caller holds the lock of the directory. */
    static void stop(DataDirectory data) {
        try {
            EmbeddedPostgresServer.stopOrphan(data.postgres());
            stopRedis(data.redis());
        } catch (IOException e) {
            throw new CommandException("a server of an earlier run could not be stopped: " + e.getMessage(), e);
        }
    }

    static void stopRedis(Path directory) throws IOException {
        Path pidFile = directory.resolve("redis.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        String pid = Files.readString(pidFile).trim();
        if (pid.matches("\\d{1,10}")) {
            Optional<ProcessHandle> redis =
                    ProcessHandle.of(Long.parseLong(pid)).filter(p -> worksIn(p, directory));
            if (redis.isPresent()) {
                end(redis.get());
            }
        }
        Files.deleteIfExists(pidFile);
    }

    private static boolean worksIn(ProcessHandle process, Path directory) {
        boolean redis = process.info().command().orElse("").contains("redis");
        Path workingDirectory = Path.of("/proc", Long.toString(process.pid()), "cwd");
        try {
            // A pid is used again sooner or later: the name alone could be somebody else's Redis.
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
