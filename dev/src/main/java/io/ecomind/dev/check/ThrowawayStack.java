package io.ecomind.dev.check;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An embedded stack in this process for one run, on a directory of its own that is removed afterwards. Thread-safe. */
public final class ThrowawayStack implements AutoCloseable {
    private final DataDirectory data;
    private final EmbeddedStack stack;
    private boolean kept;

    private ThrowawayStack(DataDirectory data, EmbeddedStack stack) {
        this.data = data;
        this.stack = stack;
    }

    /** Starts one whose directory is named after its use and this process. */
    public static ThrowawayStack start(String use, int portBase) {
        return start(new StackConfig(directory(use), portBase, ExternalServices.NONE));
    }

    public static ThrowawayStack start(StackConfig config) {
        return new ThrowawayStack(config.data(), EmbeddedStack.startUntilExit(config, (part, address, took) -> {}));
    }

    /** A directory for a stack of this process. */
    public static DataDirectory directory(String use) {
        Path folder = Path.of(
                System.getProperty("ecomind.home", "."),
                ".ecomind",
                "check",
                use + "-" + ProcessHandle.current().pid());
        if (Files.exists(folder)) {
            throw new CommandException(folder + " is there already; remove it");
        }
        return new DataDirectory(folder);
    }

    public DataDirectory data() {
        return data;
    }

    public EmbeddedStack stack() {
        return stack;
    }

    /** Leaves the directory, with the logs of what went wrong, after the stack has been stopped. */
    public void keep() {
        kept = true;
    }

    @Override
    public void close() {
        stack.close();
        if (kept) {
            return;
        }
        try {
            PrivateFolders.delete(data.root());
        } catch (IOException e) {
            throw new CommandException(data.root() + " could not be removed: " + e.getMessage(), e);
        }
    }
}
