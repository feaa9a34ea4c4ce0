package io.ecomind.cli;

import io.ecomind.cli.profile.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where commands log what is too long for the terminal. Stateless. */
final class ClientLog {
    /** A log that cannot be written would be reported over many lines by its library. */
    static final String NOWHERE = "/dev/null";

    private ClientLog() {}

    /**
     * Beside the log of the stack where there is one that this user may write to, else with the state of the user's other
     * programs. To be called before the first logger is made.
     */
    static void choose(@Nullable DataDirectory data) {
        Path file = data != null && Files.isDirectory(data.run()) && Files.isWritable(data.run())
                ? data.run().resolve("client.log")
                : stateHome().resolve("ecomind").resolve("client.log");
        System.setProperty(DataOption.LOG_PROPERTY, canBeWritten(file) ? file.toString() : NOWHERE);
    }

    private static boolean canBeWritten(Path file) {
        Path existing = file.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        return existing != null && Files.isWritable(existing);
    }

    private static Path stateHome() {
        String own = System.getenv("XDG_STATE_HOME");
        return own != null && own.startsWith("/")
                ? Path.of(own)
                : Path.of(System.getProperty("user.home", "."), ".local", "state");
    }
}
