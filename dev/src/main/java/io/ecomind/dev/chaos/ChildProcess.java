package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.dev.JvmOptions;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One process of the set-up, which may be killed, paused and started again. Its output goes to a file. Thread-safe.
 */
final class ChildProcess implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final File output;
    private @Nullable Process process;
    private boolean closed;

    private ChildProcess(String name, List<String> command, Map<String, String> environment, File output) {
        this.name = name;
        this.command = command;
        this.environment = environment;
        this.output = output;
    }

    /** A JVM with this one's class path; not started yet. */
    static ChildProcess java(
            String name,
            Path logs,
            String heap,
            Map<String, String> properties,
            Map<String, String> environment,
            Class<?> main,
            List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                // Up to ten processes may share two cores, so each gets one collector and few compiler threads.
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.io.tmpdir=" + temporaryFolder(logs),
                "-Dlogback.configurationFile=logback-dev.xml",
                "-Decomind.log=" + logs.resolve(name + ".log")));
        command.addAll(JvmOptions.LOCALE);
        command.addAll(JvmOptions.OPENED_PACKAGES);
        properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return new ChildProcess(
                name, command, environment, logs.resolve(name + ".out").toFile());
    }

    /** Below the directory of the run, so that nothing stays in the system's temporary directory after a kill. */
    private static Path temporaryFolder(Path logs) {
        try {
            return Files.createDirectories(logs.resolveSibling("temporary"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    /** The file with what it printed. */
    File output() {
        return output;
    }

    /** Starts it, also after a kill; does not wait until it is ready. */
    synchronized void start() {
        if (isAlive()) {
            throw new IllegalStateException(name + " runs already");
        }
        if (closed) {
            throw new IllegalStateException("the set-up of " + name + " is being stopped");
        }
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output));
        builder.environment().putAll(JvmOptions.ENVIRONMENT);
        builder.environment().putAll(environment);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new CommandException(name + " could not be started: " + e.getMessage(), e);
        }
    }

    synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** kill -9, and waits until it is gone. */
    synchronized void kill() {
        Process running = running();
        running.destroyForcibly();
        awaitEnd(running);
    }

    /** SIGSTOP: the process keeps its connections and does nothing. */
    synchronized void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    synchronized void resume() {
        signal("CONT");
    }

    /** Starts it when it has ended, resumes it when it is paused. */
    synchronized void revive() {
        if (isAlive()) {
            signal("CONT");
        } else {
            start();
        }
    }

    /** Kills the process for good; its data is no longer needed. */
    @Override
    public synchronized void close() {
        closed = true;
        if (isAlive()) {
            kill();
        }
    }

    private void signal(String signal) {
        try {
            Process kill = new ProcessBuilder(
                            "kill", "-" + signal, Long.toString(running().pid()))
                    .start();
            if (kill.waitFor() != 0) {
                throw new CommandException(name + " did not receive SIG" + signal);
            }
        } catch (IOException e) {
            throw new CommandException(name + " could not be signalled: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while signalling " + name, e);
        }
    }

    private void awaitEnd(Process running) {
        try {
            if (!running.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new CommandException(name + " did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while " + name + " ended", e);
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }
}
