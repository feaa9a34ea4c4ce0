package io.ecomind.dev.check;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A file or folder that others than its owner can read or write. Immutable. */
public record OpenFile(Path path, String mode, String owner) {
    private static final Set<PosixFilePermission> READ_OR_WRITE = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);
    private static final Set<PosixFilePermission> ENTER =
            EnumSet.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

    /**
     * What was found.
     *
     * @param files number of files and folders
     */
    record FilesOfFolder(long files, List<OpenFile> open) {}

    /**
     * Looks at a folder and everything in it. What lies in a folder that only its owner can enter is out of reach, whatever
     * its own mode; and so is reported what somebody else than the owner of the folder owns.
     */
    static FilesOfFolder below(Path folder) throws IOException {
        List<OpenFile> open = new ArrayList<>();
        PosixFileAttributes root = attributes(folder);
        long files = visit(folder, root, root.owner().getName(), true, open);
        return new FilesOfFolder(files, open);
    }

    private static long visit(
            Path path, PosixFileAttributes attributes, String owner, boolean reachable, List<OpenFile> open)
            throws IOException {
        boolean foreign = !attributes.owner().getName().equals(owner);
        if (foreign || (reachable && intersects(attributes.permissions(), READ_OR_WRITE))) {
            open.add(new OpenFile(
                    path,
                    PosixFilePermissions.toString(attributes.permissions()),
                    attributes.owner().getName()));
        }
        long files = 1;
        if (attributes.isDirectory()) {
            boolean inside = reachable && intersects(attributes.permissions(), ENTER);
            try (DirectoryStream<Path> content = Files.newDirectoryStream(path)) {
                for (Path file : content) {
                    try {
                        PosixFileAttributes ofFile = attributes(file);
                        if (!ofFile.isSymbolicLink()) {
                            files += visit(file, ofFile, owner, inside, open);
                        }
                    } catch (NoSuchFileException removedMeanwhile) {
                        // Servers replace their files all the time.
                    }
                }
            } catch (NoSuchFileException removedMeanwhile) {
                // So do they with folders.
            }
        }
        return files;
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean intersects(Set<PosixFilePermission> mode, Set<PosixFilePermission> permissions) {
        return mode.stream().anyMatch(permissions::contains);
    }
}
