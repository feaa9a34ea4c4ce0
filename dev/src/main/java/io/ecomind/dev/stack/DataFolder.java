package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Checks and names of the folder that {@code --data} gives. Stateless. */
final class DataFolder {
    private DataFolder() {}

    /** Why a stack cannot keep its data here; null when it can. Asked before the first line is logged to this folder. */
    static @Nullable String unusableReason(DataDirectory data) {
        if (data.root().toString().contains("\"")) {
            // PostgreSQL quotes the paths of its programs with it and refuses to start them.
            return "--data " + data.root() + ": the path must not contain a double quote";
        }
        Path existing = data.root();
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                return "--data " + data.root() + ": there is no such file system";
            }
            existing = parent;
        }
        if (!Files.isDirectory(existing)) {
            return "--data " + data.root() + ": " + existing + " is not a directory";
        }
        if (!Files.isWritable(existing)) {
            return "--data " + data.root() + ": " + existing + " is not writable";
        }
        return null;
    }

    /** The option that other commands need to find this folder; empty for the one that they look in by themselves. */
    static String option(DataDirectory data) {
        Path standard = Path.of(System.getProperty("ecomind.home", "."), ".ecomind", "data")
                .toAbsolutePath()
                .normalize();
        return data.root().equals(standard)
                ? ""
                : " --data " + quoted(data.root().toString());
    }

    /** As a shell reads it. */
    static String quoted(String path) {
        return path.matches("[\\w./-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
    }
}
