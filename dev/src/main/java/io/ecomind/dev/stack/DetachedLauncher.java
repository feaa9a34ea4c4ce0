package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.RunningLauncher;
import io.ecomind.dev.Main;
import java.io.File;
import java.io.IOException;
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

    DetachedLauncher(DataDirectory directory) {
        this.directory = directory;
    }

    /** Returns when the other process says that it is ready. */
    Endpoints start(int portBase) {
        if (RunningLauncher.running(directory).isPresent()) {
            throw new CommandException("a launcher already runs on " + directory.root()
                    + ": see ./ecomind status, stop it with ./ecomind down");
        }
        try {
            Files.createDirectories(directory.run());
            Files.deleteIfExists(directory.endpoints());
            var builder = new ProcessBuilder(command(portBase));
            // Not as an argument: hundreds of paths make a command line too long for status and down to read.
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            Process process = builder.redirectInput(new File("/dev/null"))
                    .redirectOutput(directory.output().toFile())
                    .redirectErrorStream(true)
                    .start();
            return await(process);
        } catch (IOException e) {
            throw new CommandException("the launcher could not be started: " + e.getMessage(), e);
        }
    }

    private List<String> command(int portBase) {
        List<String> command = new ArrayList<>();
        // A session of its own: Ctrl-C and the end of the terminal do not reach it.
        find("setsid").ifPresent(command::add);
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                Main.class.getName(),
                "up",
                "--data",
                directory.root().toString(),
                "--port-base",
                Integer.toString(portBase)));
        return command;
    }

    private Endpoints await(Process process) throws IOException {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<Endpoints> endpoints = Endpoints.read(directory);
            if (endpoints.isPresent()) {
                return endpoints.get();
            }
            if (!process.isAlive()) {
                throw new CommandException("the launcher ended before it was ready:\n" + lastLines()
                        + "\nwhat it logged is in " + directory.log());
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        throw new CommandException("not ready after " + READY_WITHIN.toMinutes() + " min; it goes on starting, see "
                + directory.output() + " and " + directory.log());
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
