package io.ecomind.cli;

import io.ecomind.cli.profile.DataDirectory;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that every command has: which data directory it is about. */
public final class DataOption {
    /** Where logback-dev.xml writes to; must be set before the first logger is made. */
    public static final String LOG_PROPERTY = "ecomind.log";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the stack keeps its data (default: .ecomind/data in the checkout).")
    @Nullable
    public Path data;

    public boolean given() {
        return data != null;
    }

    /** The directory of the launcher itself. */
    public DataDirectory launcher(String byDefault) {
        return open(byDefault, "launcher.log");
    }

    /** The directory of a stack that another process runs. */
    public DataDirectory client() {
        return open("data", "client.log");
    }

    private DataDirectory open(String byDefault, String log) {
        Path home = Path.of(System.getProperty("ecomind.home", "."));
        var directory =
                new DataDirectory(data != null ? data : home.resolve(".ecomind").resolve(byDefault));
        System.setProperty(LOG_PROPERTY, directory.run().resolve(log).toString());
        return directory;
    }
}
