package io.ecomind.dev.check;

import io.ecomind.cli.profile.DataDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What other computers and other users of this one could reach of a stack. Immutable.
 *
 * @param sockets what its processes listen on
 * @param unseenPorts ports of its addresses that none of those processes listens on, so that it is not known who does
 * @param files number of files and folders in its data directory
 * @param openFiles those that others than their owner can read or write
 * @param knownSecrets number of passwords and keys that were looked for
 * @param secrets where one of them stands in a command line or a log
 */
public record Exposure(
        List<ListeningSocket> sockets,
        List<Integer> unseenPorts,
        long files,
        List<OpenFile> openFiles,
        int knownSecrets,
        List<String> secrets) {
    public Exposure {
        unseenPorts = List.copyOf(unseenPorts);
        sockets = List.copyOf(sockets);
        openFiles = List.copyOf(openFiles);
        secrets = List.copyOf(secrets);
    }

    /** Looks at the directory and at the processes that belong to it. */
    public static Exposure of(DataDirectory data, List<ProcessHandle> launchers) throws IOException {
        List<ProcessHandle> processes = StackProcesses.of(data, launchers);
        OpenFile.FilesOfFolder files = OpenFile.below(data.root());
        var search = new SecretSearch(data);
        List<String> secrets = new ArrayList<>(search.inCommandLines(processes));
        secrets.addAll(search.inLogs(data));
        List<ListeningSocket> sockets = ListeningSocket.of(processes);
        Set<Integer> unseen = launchers.isEmpty() ? new TreeSet<>() : StackProcesses.namedPorts(data);
        sockets.forEach(socket -> unseen.remove(socket.port()));
        return new Exposure(sockets, List.copyOf(unseen), files.files(), files.open(), search.count(), secrets);
    }

    /** Sockets that other computers can reach. */
    List<ListeningSocket> openSockets() {
        return sockets.stream().filter(socket -> !socket.loopback()).toList();
    }

    /** Whether nothing can be reached. */
    boolean closed() {
        return openSockets().isEmpty() && unseenPorts.isEmpty() && openFiles.isEmpty() && secrets.isEmpty();
    }
}
