package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two launchers from using one data directory. The operating system releases the lock when its process ends,
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
            throw new CommandException(alreadyRuns(data));
        }
        return lock;
    }

    /** What is said to whoever wants to start a second stack on the same data. */
    static String alreadyRuns(DataDirectory data) {
        String option = DataFolder.option(data);
        return "a stack already runs on " + data.root() + ": see ./ecomind status" + option
                + ", stop it with ./ecomind down" + option + ", or give another --data";
    }

    static @Nullable LauncherLock tryTake(DataDirectory data) {
        try {
            PrivateFolders.create(data.root());
            PrivateFolders.create(data.run());
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
