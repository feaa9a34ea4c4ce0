package io.ecomind.dev.check;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.TextTable;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.RunningLauncher;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists what other computers and other users of this one could reach. Exit code 1 when something is open. */
@Command(
        name = "exposure",
        description = {
            "List what listens where, and which files of the data directory others than their owner can read or write.",
            "It also looks for passwords and keys in command lines and logs. It ends with 1 when a socket can be reached from"
                    + " another computer, a file by another user, or a secret was found."
        })
public final class ExposureCommand implements Callable<Integer> {
    private static final int SHOWN = 50;

    @Mixin
    private DataOption data = new DataOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(Path.of("/proc/net/tcp"))) {
            throw new CommandException("this check reads /proc, which only Linux has");
        }
        DataDirectory directory = data.client();
        if (!Files.isDirectory(directory.root())) {
            throw new CommandException(directory.root() + " is not there: ./ecomind up makes it");
        }
        PrintWriter out = spec.commandLine().getOut();
        List<ProcessHandle> processes = new ArrayList<>();
        RunningLauncher.running(directory).ifPresent(launcher -> {
            processes.add(launcher);
            launcher.descendants().forEach(processes::add);
        });
        boolean closed = printSockets(out, processes);
        closed &= printFiles(out, directory);
        closed &= printSecrets(out, directory, processes);
        out.println(closed ? "nothing is open" : "something is open: see above");
        out.flush();
        return closed ? 0 : 1;
    }

    private static boolean printSockets(PrintWriter out, List<ProcessHandle> processes) throws IOException {
        if (processes.isEmpty()) {
            out.println("nothing runs on this directory, so nothing listens");
            return true;
        }
        List<ListeningSocket> sockets = ListeningSocket.of(processes);
        var table = new TextTable(2, "address", "port", "process", "program", "");
        for (ListeningSocket socket : sockets) {
            table.row(
                    socket.address().getHostAddress(),
                    Integer.toString(socket.port()),
                    Long.toString(socket.pid()),
                    socket.program(),
                    socket.loopback() ? "this computer only" : "OPEN to other computers");
        }
        table.lines().forEach(out::println);
        long open = sockets.stream().filter(socket -> !socket.loopback()).count();
        out.println(String.format(
                Locale.ROOT,
                "%d sockets of %d processes, %d of them open to other computers",
                sockets.size(),
                processes.size(),
                open));
        return open == 0;
    }

    private static boolean printFiles(PrintWriter out, DataDirectory directory) throws IOException {
        OpenFile.FilesOfFolder found = OpenFile.below(directory.root());
        found.open().stream()
                .limit(SHOWN)
                .forEach(file -> out.println("  OPEN " + file.mode() + " " + file.owner() + " " + file.path()));
        if (found.open().size() > SHOWN) {
            out.println("  and " + (found.open().size() - SHOWN) + " more");
        }
        out.println(String.format(
                Locale.ROOT,
                "%d files and folders in %s (owner %s), %d of them open to other users",
                found.files(),
                directory.root(),
                Files.getOwner(directory.root()).getName(),
                found.open().size()));
        return found.open().isEmpty();
    }

    private static boolean printSecrets(PrintWriter out, DataDirectory directory, List<ProcessHandle> processes)
            throws IOException {
        var search = new SecretSearch(directory);
        List<String> found = new ArrayList<>(search.inCommandLines(processes));
        found.addAll(search.inLogs(directory));
        found.stream().limit(SHOWN).forEach(place -> out.println("  OPEN secret in " + place));
        out.println(String.format(
                Locale.ROOT,
                "%d secrets looked for in command lines and logs, found %d times",
                search.count(),
                found.size()));
        return found.isEmpty();
    }
}
