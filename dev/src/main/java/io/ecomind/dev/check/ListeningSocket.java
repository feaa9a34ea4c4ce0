package io.ecomind.dev.check;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A TCP socket that a process listens on, as Linux reports it. Immutable.
 *
 * @param program the program that the process runs
 */
public record ListeningSocket(InetAddress address, int port, long pid, String program) {
    private static final String LISTENING = "0A";
    private static final int IPV4_BYTES = 4;

    /** Whether other computers cannot reach it. */
    public boolean loopback() {
        return address.isLoopbackAddress();
    }

    /** The sockets of these processes, by port. */
    static List<ListeningSocket> of(List<ProcessHandle> processes) throws IOException {
        Map<String, ProcessHandle> owners = new HashMap<>();
        for (ProcessHandle process : processes) {
            for (String inode : inodes(process.pid())) {
                owners.putIfAbsent(inode, process);
            }
        }
        List<ListeningSocket> sockets = new ArrayList<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            Path file = Path.of(table);
            if (Files.exists(file)) {
                sockets.addAll(parse(Files.readAllLines(file), owners));
            }
        }
        sockets.sort(Comparator.comparingInt(ListeningSocket::port));
        return sockets;
    }

    /** Reads the lines of a table of the kernel; sockets of other processes are left out. */
    static List<ListeningSocket> parse(List<String> lines, Map<String, ProcessHandle> owners) throws IOException {
        List<ListeningSocket> sockets = new ArrayList<>();
        for (String line : lines) {
            String[] columns = line.strip().split("\\s+");
            if (columns.length < 10 || !columns[3].equals(LISTENING)) {
                continue;
            }
            ProcessHandle owner = owners.get(columns[9]);
            if (owner != null) {
                int colon = columns[1].indexOf(':');
                sockets.add(new ListeningSocket(
                        address(columns[1].substring(0, colon)),
                        Integer.parseInt(columns[1].substring(colon + 1), 16),
                        owner.pid(),
                        name(owner)));
            }
        }
        return sockets;
    }

    /** The kernel writes an address as words of four bytes, the last byte of each first. */
    private static InetAddress address(String hex) throws IOException {
        byte[] written = HexFormat.of().parseHex(hex);
        byte[] bytes = new byte[written.length];
        for (int i = 0; i < written.length; i++) {
            int word = i / IPV4_BYTES * IPV4_BYTES;
            bytes[word + IPV4_BYTES - 1 - i % IPV4_BYTES] = written[i];
        }
        return InetAddress.getByAddress(bytes);
    }

    private static String name(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> String.valueOf(Path.of(command).getFileName()))
                .orElse("unknown");
    }

    private static List<String> inodes(long pid) {
        List<String> inodes = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (IOException closedMeanwhile) {
                    // It listens no more.
                }
            }
        } catch (IOException endedMeanwhile) {
            // So does it.
        }
        return inodes;
    }
}
