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
import java.util.List;
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
                    + " another computer, a file by another user, a secret was found, or nothing runs, so that the sockets could not be checked."
        })
public final class ExposureCommand implements Callable<Integer> {
    private static final int SHOWN = 50;
    private static final String OPEN = "something is open or was not seen: see above";

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
        List<ProcessHandle> launchers =
                RunningLauncher.running(directory).stream().toList();
        Exposure exposure = Exposure.of(directory, launchers);
        if (launchers.isEmpty()) {
            out.println("nothing runs on this directory, so what listens was not checked: start it with ./ecomind up");
        } else {
            printSockets(out, exposure);
        }
        List<OpenFile> open = exposure.openFiles();
        open.stream()
                .limit(SHOWN)
                .forEach(file -> out.println("  OPEN " + file.mode() + " " + file.owner() + " " + file.path()));
        if (open.size() > SHOWN) {
            out.println("  and " + (open.size() - SHOWN) + " more");
        }
        out.println(exposure.files() + " files and folders in " + directory.root() + " (owner "
                + Files.getOwner(directory.root()).getName() + "), " + open.size() + " of them open to other users");
        exposure.secrets().stream().limit(SHOWN).forEach(place -> out.println("  OPEN secret in " + place));
        out.println(exposure.knownSecrets() + " secrets looked for in command lines and logs, found "
                + exposure.secrets().size() + " times");
        boolean closed = exposure.closed();
        if (launchers.isEmpty()) {
            out.println(closed ? "nothing is open among the files; the sockets were not checked" : OPEN);
        } else {
            out.println(closed ? "nothing is open" : OPEN);
        }
        out.flush();
        return closed && !launchers.isEmpty() ? 0 : 1;
    }

    private static void printSockets(PrintWriter out, Exposure exposure) {
        var table = new TextTable(2, "address", "port", "process id", "program", "reachable from");
        for (ListeningSocket socket : exposure.sockets()) {
            table.row(
                    socket.address().getHostAddress(),
                    Integer.toString(socket.port()),
                    Long.toString(socket.pid()),
                    socket.program(),
                    socket.loopback() ? "this computer only" : "OPEN to other computers");
        }
        table.lines().forEach(out::println);
        out.println(exposure.sockets().size() + " sockets, "
                + exposure.openSockets().size() + " of them open to other computers");
        exposure.unseenPorts()
                .forEach(port -> out.println("  UNSEEN port " + port
                        + " is among the stack's addresses, and none of its processes was seen listening on it"));
    }
}
