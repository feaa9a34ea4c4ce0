package io.ecomind.dev.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.dev.JvmOptions;
import io.ecomind.dev.Main;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A launcher that ends as soon as PostgreSQL runs, while other parts are still starting. */
@Tag("integration")
@Tag("ci")
class InterruptedStartTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private DataDirectory data;

    @SuppressWarnings("NullAway.Init")
    private Process launcher;

    @BeforeEach
    void start_until_postgres_runs() throws Exception {
        data = new DataDirectory(directory.resolve("data"));
        Path temporary = Files.createDirectories(Scratch.folder(data).resolve("launcher"));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g"));
        command.addAll(JvmOptions.LOCALE);
        command.addAll(JvmOptions.OPENED_PACKAGES);
        command.addAll(List.of(
                "-Dlogback.configurationFile=logback-dev.xml",
                "-Djava.io.tmpdir=" + temporary,
                Main.class.getName(),
                "up",
                "--data",
                data.root().toString(),
                "--port-base",
                Integer.toString(Math.min(FreePorts.find(1)[0], 60_000))));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().putAll(JvmOptions.ENVIRONMENT);
        launcher = builder.redirectOutput(directory.resolve("output").toFile()).start();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (EmbeddedPostgresServer.running(data.postgres()).isEmpty()) {
            assertThat(launcher.waitFor(20, TimeUnit.MILLISECONDS))
                    .as(Files.readString(directory.resolve("output")))
                    .isFalse();
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    @AfterEach
    void stop() {
        launcher.destroyForcibly();
        EmbeddedStack.stopOrphans(data);
    }

    @Test
    void a_stop_signal_leaves_no_server_and_no_temporary_file() throws Exception {
        launcher.destroy();
        assertThat(launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(Leftovers.list(data)).isEmpty();
        assertThat(runningBelow(data.root())).isEmpty();
        assertThat(data.launcher()).doesNotExist();
    }

    @Test
    void after_a_kill_the_leftovers_are_listed_and_removed() throws Exception {
        launcher.destroyForcibly();
        assertThat(launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(Leftovers.list(data)).anyMatch(what -> what.startsWith("PostgreSQL (pid "));
        EmbeddedStack.stopOrphans(data);
        assertThat(Leftovers.list(data)).isEmpty();
        assertThat(runningBelow(data.root())).isEmpty();
    }

    /** Programs that were unpacked to the folder and still run. */
    private static List<String> runningBelow(Path folder) {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes
                    .map(process -> process.info().command().orElse(""))
                    .filter(command -> command.startsWith(folder + "/"))
                    .toList();
        }
    }
}
