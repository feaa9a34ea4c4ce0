package io.ecomind.dev.check;

import io.ecomind.cli.profile.DataDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What other computers and other users of this one could reach of a stack. Immutable.
 *
 * @param sockets what its processes listen on
 * @param files number of files and folders in its data directory
 * @param openFiles those that others than their owner can read or write
 * @param knownSecrets number of passwords and keys that were looked for
 * @param secrets where one of them stands in a command line or a log
 */
public record Exposure(
        List<ListeningSocket> sockets, long files, List<OpenFile> openFiles, int knownSecrets, List<String> secrets) {
    public Exposure {
        sockets = List.copyOf(sockets);
        openFiles = List.copyOf(openFiles);
        secrets = List.copyOf(secrets);
    }

    /** Looks at the directory, and at the processes with all that they have started. */
    public static Exposure of(DataDirectory data, List<ProcessHandle> launchers) throws IOException {
        List<ProcessHandle> processes = new ArrayList<>();
        for (ProcessHandle launcher : launchers) {
            processes.add(launcher);
            launcher.descendants().forEach(processes::add);
        }
        OpenFile.FilesOfFolder files = OpenFile.below(data.root());
        var search = new SecretSearch(data);
        List<String> secrets = new ArrayList<>(search.inCommandLines(processes));
        secrets.addAll(search.inLogs(data));
        return new Exposure(ListeningSocket.of(processes), files.files(), files.open(), search.count(), secrets);
    }

    /** Sockets that other computers can reach. */
    List<ListeningSocket> openSockets() {
        return sockets.stream().filter(socket -> !socket.loopback()).toList();
    }

    /** Whether nothing can be reached. */
    boolean closed() {
        return openSockets().isEmpty() && openFiles.isEmpty() && secrets.isEmpty();
    }
}
