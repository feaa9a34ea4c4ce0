package io.ecomind.dev.stack;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Temporary files of the processes that use a data directory: native libraries that jars unpack, and the like. Script
 * {@code ecomind} sets {@code java.io.tmpdir} of each process to a folder of its own in here: {@code launcher}, which the
 * launcher's lock protects, or {@code client-<pid>}. Stateless.
 */
final class Scratch {
    private static final String CLIENT = "client-";

    private Scratch() {}

    static Path folder(DataDirectory data) {
        return data.root().resolve("scratch");
    }

    /** Removes what killed processes left and makes an empty folder for the launcher, which holds the lock. */
    static void renew(DataDirectory data) throws IOException {
        clean(data);
        PrivateFolders.create(folder(data));
        PrivateFolders.create(folder(data).resolve("launcher"));
    }

    /** Removes all temporary files but those of clients that run. The caller holds the launcher's lock. */
    static void clean(DataDirectory data) throws IOException {
        for (Path folder : unused(data)) {
            PrivateFolders.delete(folder);
        }
    }

    /** Folders with files in them that no running client owns; while no launcher runs, these were left by killed processes. */
    static List<Path> leftOver(DataDirectory data) throws IOException {
        List<Path> left = new ArrayList<>();
        for (Path folder : unused(data)) {
            if (!Files.isDirectory(folder) || !isEmpty(folder)) {
                left.add(folder);
            }
        }
        return left;
    }

    private static List<Path> unused(DataDirectory data) throws IOException {
        List<Path> folders = new ArrayList<>();
        if (Files.isDirectory(folder(data))) {
            try (DirectoryStream<Path> content = Files.newDirectoryStream(folder(data))) {
                for (Path folder : content) {
                    if (!belongsToRunningClient(folder.getFileName().toString())) {
                        folders.add(folder);
                    }
                }
            }
        }
        return folders;
    }

    private static boolean belongsToRunningClient(String name) {
        String pid = name.startsWith(CLIENT) ? name.substring(CLIENT.length()) : "";
        return pid.matches("\\d{1,10}")
                && ProcessHandle.of(Long.parseLong(pid))
                        .filter(ProcessHandle::isAlive)
                        .isPresent();
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (DirectoryStream<Path> content = Files.newDirectoryStream(folder)) {
            return !content.iterator().hasNext();
        }
    }
}
