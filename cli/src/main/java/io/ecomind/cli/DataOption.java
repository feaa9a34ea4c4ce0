package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.InputFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of commands about an embedded stack: which data directory they are about. */
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

    /**
     * The directory of the launcher itself.
     *
     * @throws CommandException for wrong usage when this user cannot write to it
     */
    public DataDirectory launcher(String defaultName) {
        DataDirectory directory = directory(defaultName);
        InputFiles.requireWritable(directory.root(), "--data");
        System.setProperty(LOG_PROPERTY, directory.log().toString());
        return directory;
    }

    /**
     * The directory of a stack that another process runs.
     *
     * @throws CommandException for wrong usage when it is a file, or this user cannot read it
     */
    public DataDirectory client() {
        DataDirectory directory = directory("data");
        InputFiles.requireDirectoryOrNothing(directory.root(), "--data");
        ClientLog.choose(directory);
        return directory;
    }

    private DataDirectory directory(String defaultName) {
        Path home = Path.of(System.getProperty("ecomind.home", "."));
        return new DataDirectory(data != null ? data : home.resolve(".ecomind").resolve(defaultName));
    }
}
