package io.ecomind.dev.check;

import io.ecomind.cli.profile.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which processes belong to a running stack, and which ports it says that it uses. Stateless; Linux only. */
final class StackProcesses {
    private static final Pattern PORT = Pattern.compile("(?:localhost|127\\.0\\.0\\.1):(\\d{1,5})");

    private StackProcesses() {}

    /**
     * The launchers with all that they have started, and every process that works inside the data directory: PostgreSQL
     * leaves the process that started it, and works in its own folder there.
     */
    static List<ProcessHandle> of(DataDirectory data, List<ProcessHandle> launchers) throws IOException {
        Set<ProcessHandle> processes = new LinkedHashSet<>();
        for (ProcessHandle launcher : launchers) {
            processes.add(launcher);
            launcher.descendants().forEach(processes::add);
        }
        Path root = data.root().toRealPath();
        ProcessHandle.allProcesses()
                .filter(process -> worksIn(process.pid(), root))
                .forEach(processes::add);
        return List.copyOf(processes);
    }

    /** The ports of the addresses that the stack has written down for its clients. */
    static Set<Integer> namedPorts(DataDirectory data) throws IOException {
        Set<Integer> ports = new TreeSet<>();
        Path endpoints = data.endpoints();
        if (Files.exists(endpoints)) {
            Matcher port = PORT.matcher(Files.readString(endpoints));
            while (port.find()) {
                ports.add(Integer.valueOf(port.group(1)));
            }
        }
        return ports;
    }

    private static boolean worksIn(long pid, Path root) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd"))
                    .startsWith(root);
        } catch (IOException endedOrOfAnotherUser) {
            return false;
        }
    }
}
