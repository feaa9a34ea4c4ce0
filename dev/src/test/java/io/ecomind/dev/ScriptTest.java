package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptTest {
    private static final Path SCRIPT = Path.of("..", "ecomind").toAbsolutePath().normalize();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path bin;

    private record Ended(int code, String output) {}

    @Test
    void its_syntax_is_right() throws Exception {
        assertThat(run(List.of("bash", "-n", SCRIPT.toString()), false)).isEqualTo(new Ended(0, ""));
    }

    @Test
    void alone_and_with_help_it_lists_its_commands() throws Exception {
        Ended alone = run(List.of("bash", SCRIPT.toString()), false);
        assertThat(alone.code()).isZero();
        assertThat(alone.output())
                .contains(
                        "  demo ",
                        "  up ",
                        "  status ",
                        "  down ",
                        "  replay ",
                        "  import ",
                        "  verify ",
                        "  restate ",
                        "  rebuild ",
                        "  repair ",
                        "  redrive ",
                        "  chaos ",
                        "  test ");
        assertThat(run(List.of("bash", SCRIPT.toString(), "--help"), false)).isEqualTo(alone);
    }

    @Test
    void an_unknown_command_is_wrong_usage() throws Exception {
        Ended ended = run(List.of("bash", SCRIPT.toString(), "dance"), false);
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.output()).contains("there is no command dance", "  demo ");
    }

    @Test
    void without_java_and_maven_it_prints_what_to_install() throws Exception {
        for (String tool : List.of("bash", "dirname", "id", "sed", "head", "sort", "find", "cat")) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                Path real = Path.of(folder, tool);
                if (Files.exists(real) && !Files.exists(bin.resolve(tool))) {
                    Files.createSymbolicLink(bin.resolve(tool), real);
                }
            }
        }
        Ended ended = run(List.of("/bin/bash", SCRIPT.toString(), "test"), true);
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.output())
                .contains("missing: a JDK 17 or newer, Maven 3.8.7 or newer")
                .contains("apt-get install -y openjdk-17-jdk-headless maven");
    }

    private Ended run(List<String> command, boolean bare) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("CI");
        if (bare) {
            builder.environment().clear();
            builder.environment().put("PATH", bin.toString());
        }
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }
}
