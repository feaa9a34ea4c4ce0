package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two launchers from using one data directory. The operating system lets go of the lock when its process ends,
 * however it ends.
 */
public final class LauncherLock implements AutoCloseable {
    private final FileChannel channel;

    private LauncherLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws CommandException when another launcher holds it
     */
    public static LauncherLock take(DataDirectory data) {
        LauncherLock lock = tryTake(data);
        if (lock == null) {
            throw new CommandException("another launcher already uses " + data.root()
                    + ": see ./ecomind status, stop it with ./ecomind down, or give another --data (both with --data "
                    + data.root() + ")");
        }
        return lock;
    }

    static @Nullable LauncherLock tryTake(DataDirectory data) {
        try {
            Files.createDirectories(data.run());
            FileChannel channel = FileChannel.open(data.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException heldByThisProcess) {
                lock = null;
            }
            if (lock == null) {
                channel.close();
                return null;
            }
            return new LauncherLock(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(data.lock() + " cannot be locked", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
