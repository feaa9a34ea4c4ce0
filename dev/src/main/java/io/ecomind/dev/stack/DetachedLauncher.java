package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.RunningLauncher;
import io.ecomind.dev.JvmOptions;
import io.ecomind.dev.Main;
import io.ecomind.testkit.PrivateFolders;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Starts the launcher once more as a process that outlives the terminal. */
final class DetachedLauncher {
    private static final Duration READY_WITHIN = Duration.ofMinutes(3);
    private static final int SHOWN_LINES = 15;

    private final DataDirectory directory;
    private final PrintWriter out;
    private int shownLines;
    private boolean ready;

    DetachedLauncher(DataDirectory directory, PrintWriter out) {
        this.directory = directory;
        this.out = out;
    }

    /** Shows the parts as the other process starts them, and returns when it says that it is ready. */
    Endpoints start(List<String> options) {
        if (RunningLauncher.running(directory).isPresent()) {
            throw new CommandException(LauncherLock.alreadyRuns(directory));
        }
        try {
            PrivateFolders.create(directory.root());
            PrivateFolders.create(directory.run());
            Files.deleteIfExists(directory.endpoints());
            var builder = new ProcessBuilder(command(options));
            // Not as an argument: with hundreds of paths the command line is too long for status and down to read.
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            builder.environment().putAll(JvmOptions.ENVIRONMENT);
            Process process = builder.redirectInput(new File("/dev/null"))
                    .redirectOutput(directory.output().toFile())
                    .redirectErrorStream(true)
                    .start();
            // Who gives up waiting does not want the stack to go on starting.
            var stopWithThis = new Thread(process::destroy, "stop-launcher");
            Runtime.getRuntime().addShutdownHook(stopWithThis);
            Endpoints endpoints = await(process);
            Runtime.getRuntime().removeShutdownHook(stopWithThis);
            return endpoints;
        } catch (IOException e) {
            throw new CommandException("the stack could not be started: " + e.getMessage(), e);
        }
    }

    private List<String> command(List<String> options) {
        List<String> command = new ArrayList<>();
        // In a session of its own, so that Ctrl-C and the end of the terminal do not reach it.
        find("setsid").ifPresent(command::add);
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(
                List.of(Main.class.getName(), "up", "--data", directory.root().toString()));
        command.addAll(options);
        return command;
    }

    private Endpoints await(Process process) throws IOException {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (System.nanoTime() < deadline) {
            showProgress();
            Optional<Endpoints> endpoints = ready ? Endpoints.read(directory) : Optional.empty();
            if (endpoints.isPresent()) {
                return endpoints.get();
            }
            if (!process.isAlive()) {
                throw new CommandException(
                        "the stack ended before it was ready:\n" + lastLines() + "\nits log is " + directory.log());
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        throw new CommandException("not ready after " + READY_WITHIN.toMinutes() + " min, so it is stopped; see "
                + directory.output() + " and " + directory.log());
    }

    /** Prints the complete lines that the other process has added, up to the one that says that it is ready. */
    private void showProgress() throws IOException {
        String text = Files.readString(directory.output());
        List<String> lines =
                text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        for (; shownLines < lines.size() && !ready; shownLines++) {
            out.println(lines.get(shownLines));
            ready = lines.get(shownLines).startsWith(UpCommand.READY);
        }
        out.flush();
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(directory.output());
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    private static Optional<String> find(String program) {
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            Path candidate = Path.of(folder, program);
            if (Files.isExecutable(candidate)) {
                return Optional.of(candidate.toString());
            }
        }
        return Optional.empty();
    }
}
