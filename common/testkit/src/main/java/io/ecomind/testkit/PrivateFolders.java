package io.ecomind.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;

/** Folders that only their owner can enter, whatever the umask of the process. Stateless. */
public final class PrivateFolders {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private PrivateFolders() {}

    /**
     * Creates the folder with mode 0700, or narrows the mode of one that is there.
     *
     * @throws IOException also when the folder belongs to another user: only its owner may change the mode
     */
    public static Path create(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Path parent = folder.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            // Created with its mode: a folder that is narrowed afterwards can be opened in between.
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        if (!Files.getPosixFilePermissions(folder).equals(OWNER_ONLY)) {
            Files.setPosixFilePermissions(folder, OWNER_ONLY);
        }
        return folder;
    }

    /** Takes from everything in the folder what others than its owner may do. Symbolic links are not followed. */
    public static void narrow(Path folder) throws IOException {
        create(folder);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> !Files.isSymbolicLink(path)).toList()) {
                Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
                if (mode.retainAll(OWNER_ONLY)) {
                    Files.setPosixFilePermissions(file, mode);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Deletes a file or a folder with everything in it; does nothing when there is none. Symbolic links are not followed. */
    public static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException absent) {
            // Nothing to delete.
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
