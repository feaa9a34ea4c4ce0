package io.ecomind.cli.profile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Says in one line what is wrong with a file or directory that a command was given. Stateless. */
public final class InputFiles {
    private static final int MAX_SECRET_BYTES = 4_096;

    private InputFiles() {}

    /**
     * Checks that a file can be read.
     *
     * @param namedBy the option, parameter or variable that names it
     * @throws CommandException for wrong usage when it cannot
     */
    public static Path requireFile(@Nullable Path file, String namedBy) {
        if (file == null) {
            throw CommandException.wrongUsage(namedBy + " is missing");
        }
        if (Files.isDirectory(file)) {
            throw CommandException.wrongUsage(namedBy + ": " + file + " is a directory, not a file");
        }
        if (!Files.exists(file)) {
            throw CommandException.wrongUsage(namedBy + ": there is no file " + file);
        }
        if (!Files.isReadable(file)) {
            throw CommandException.wrongUsage(namedBy + ": " + file + " cannot be read by this user");
        }
        return file;
    }

    /** Checks that a directory can be read. */
    public static Path requireDirectory(Path directory, String namedBy) {
        requireDirectoryOrNothing(directory, namedBy);
        if (!Files.exists(directory)) {
            throw CommandException.wrongUsage(namedBy + ": there is no directory " + directory);
        }
        return directory;
    }

    /** Checks that a path is a directory that this user may read, or that nothing is there. */
    public static void requireDirectoryOrNothing(Path directory, String namedBy) {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw CommandException.wrongUsage(namedBy + ": " + directory + " is a file, not a directory");
        }
        if (Files.exists(directory) && !Files.isReadable(directory)) {
            throw CommandException.wrongUsage(namedBy + ": " + directory + " cannot be read by this user");
        }
    }

    /** Checks that a directory can be written to, or created where it is. */
    public static void requireWritable(Path directory, String namedBy) {
        requireDirectoryOrNothing(directory, namedBy);
        Path existing = directory.toAbsolutePath().normalize();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing != null && !Files.isDirectory(existing)) {
            throw CommandException.wrongUsage(
                    namedBy + ": " + directory + " cannot be created: " + existing + " is a file");
        }
        if (existing == null || !Files.isWritable(existing)) {
            throw CommandException.wrongUsage(namedBy + ": " + existing + " cannot be written to by this user");
        }
    }

    /** The content of a file that holds one secret, without the line end after it. */
    public static String readSecret(Path file, String namedBy) {
        requireFile(file, namedBy);
        try {
            if (Files.size(file) > MAX_SECRET_BYTES) {
                throw CommandException.wrongUsage(namedBy + ": " + file + " is too large for a secret");
            }
            String secret = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (secret.isEmpty()) {
                throw CommandException.wrongUsage(namedBy + ": " + file + " is empty");
            }
            return secret;
        } catch (IOException e) {
            throw new CommandException(namedBy + ": " + file + " could not be read: " + e.getMessage(), e);
        }
    }
}
