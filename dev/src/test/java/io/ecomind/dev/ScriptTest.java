package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptTest {
    private static final Path SCRIPT = Path.of("..", "ecomind").toAbsolutePath().normalize();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path bin;

    /** A copy of the script in a checkout that looks built, whose java says how it was called. */
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    private record ScriptRun(int code, String output) {}

    @Test
    void it_starts_the_jvm_with_one_locale_and_private_files_wherever_it_lies() throws Exception {
        Path checkout = fakeCheckout(true);
        Path link = Files.createSymbolicLink(temporary.resolve("link"), checkout.resolve("ecomind"));
        Path data = temporary.resolve("the dätä");
        Files.createDirectories(data.resolve("run"));

        List<String> said = runFake(link, "verify", "--data", data.toString())
                .output()
                .lines()
                .toList();

        assertThat(said)
                .contains("umask 0077", "LC_ALL C.UTF-8", "io.ecomind.cli.CliMain", "verify", "--data", data.toString())
                .containsAll(JvmOptions.LOCALE)
                .containsAll(JvmOptions.OPENED_PACKAGES)
                .contains(checkout + "/cli/target/classes:" + checkout + "/cli/target/lib/*")
                .anyMatch(argument -> argument.startsWith("-Djava.io.tmpdir=" + data + "/scratch/client-"));
        assertThat(runFake(link, "status", "--data", data.toString()).output().lines())
                .contains("io.ecomind.dev.Main", checkout + "/dev/target/classes:" + checkout + "/dev/target/lib/*");
    }

    @Test
    void the_launcher_keeps_its_temporary_files_below_its_data() throws Exception {
        Path checkout = fakeCheckout(true);

        assertThat(runFake(checkout.resolve("ecomind"), "demo", "--exit")
                        .output()
                        .lines())
                .contains("-Djava.io.tmpdir=" + checkout + "/.ecomind/demo/scratch/launcher");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(checkout.resolve(".ecomind"))))
                .isEqualTo("rwx------");
    }

    @Test
    void temporary_files_of_killed_clients_are_removed() throws Exception {
        Path checkout = fakeCheckout(true);
        Path data = checkout.resolve(".ecomind/data");
        Files.createDirectories(data.resolve("run"));
        // Larger than any pid that Linux gives.
        Path killed = Files.createDirectories(data.resolve("scratch/client-999999999"));
        Path running = Files.createDirectories(
                data.resolve("scratch/client-" + ProcessHandle.current().pid()));

        runFake(checkout.resolve("ecomind"), "verify");

        assertThat(killed).doesNotExist();
        assertThat(running).exists();
    }

    @Test
    void what_only_talks_to_a_running_stack_is_not_built() throws Exception {
        Path checkout = fakeCheckout(true);
        // Newer than the build.
        Path source = Files.createDirectories(checkout.resolve("dev/src/main")).resolve("New.java");
        Files.writeString(source, "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));

        for (String command : List.of("status", "down", "verify", "replay", "import", "repair", "redrive", "factors")) {
            ScriptRun ended = runFake(checkout.resolve("ecomind"), command);
            assertThat(ended.code()).as(command).isZero();
            assertThat(ended.output()).as(command).doesNotContain("building");
        }
        assertThat(runFake(checkout.resolve("ecomind"), "up").output()).contains("building");
    }

    @Test
    void a_change_of_the_api_contract_is_built() throws Exception {
        Path checkout = fakeCheckout(true);
        Path script = checkout.resolve("ecomind");
        Path contract = Files.createDirectories(checkout.resolve("common/contracts/openapi"))
                .resolve("v1.yaml");
        Files.writeString(contract, "openapi: 3.1.0");
        FileTime now = FileTime.from(Instant.now());
        Files.setLastModifiedTime(contract, now);
        Files.setLastModifiedTime(contract.getParent(), now);
        Path built = checkout.resolve("dev/target/.built");

        Files.setLastModifiedTime(built, FileTime.from(now.toInstant().plusSeconds(60)));
        assertThat(runFake(script, "up").output()).doesNotContain("building");

        Files.setLastModifiedTime(built, FileTime.from(now.toInstant().minusSeconds(60)));
        assertThat(runFake(script, "up").output()).contains("building");
    }

    @Test
    void without_a_build_status_and_down_say_so() throws Exception {
        Path script = fakeCheckout(false).resolve("ecomind");
        for (String command : List.of("status", "down")) {
            assertThat(runFake(script, command))
                    .isEqualTo(new ScriptRun(2, "ecomind: not built yet: run ./ecomind up\n"));
        }
    }

    @Test
    void data_that_is_a_file_is_refused_in_one_line() throws Exception {
        Path script = fakeCheckout(true).resolve("ecomind");
        Path file = Files.writeString(temporary.resolve("file"), "");
        for (String command : List.of("up", "demo", "status", "verify")) {
            assertThat(runFake(script, command, "--data", file.toString()))
                    .isEqualTo(new ScriptRun(2, "ecomind: --data " + file + ": is not a directory\n"));
        }
    }

    private Path fakeCheckout(boolean built) throws IOException {
        Path checkout = Files.createDirectories(temporary.resolve("a chäckout"));
        Files.copy(SCRIPT, checkout.resolve("ecomind"), StandardCopyOption.COPY_ATTRIBUTES);
        executable(checkout.resolve("jdk/bin/java"), """
                #!/bin/bash
                if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
                echo "umask $(umask)"
                echo "LC_ALL $LC_ALL"
                printf '%s\\n' "$@"
                """);
        executable(checkout.resolve("jdk/bin/javac"), "#!/bin/bash\n");
        executable(checkout.resolve("jdk/bin/mvn"), """
                #!/bin/bash
                if [ "$1" = -v ]; then echo 'Apache Maven 3.9.9'; exit; fi
                exit 1
                """);
        if (built) {
            for (String module : List.of("dev", "cli")) {
                Files.createDirectories(checkout.resolve(module).resolve("target/lib"));
            }
            Files.createFile(checkout.resolve("dev/target/.built"));
        }
        return checkout;
    }

    private static void executable(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private ScriptRun runFake(Path script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", script.toString()));
        command.addAll(List.of(arguments));
        Path jdk = script.toRealPath().resolveSibling("jdk");
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("CI");
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().merge("PATH", jdk.resolve("bin") + ":", (path, first) -> first + path);
        return ended(builder.start());
    }

    @Test
    void its_syntax_is_right() throws Exception {
        assertThat(run(List.of("bash", "-n", SCRIPT.toString()), false)).isEqualTo(new ScriptRun(0, ""));
    }

    @Test
    void alone_and_with_help_it_lists_its_commands() throws Exception {
        ScriptRun alone = run(List.of("bash", SCRIPT.toString()), false);
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
                        "  check ",
                        "  admin ",
                        "  test ");
        assertThat(run(List.of("bash", SCRIPT.toString(), "--help"), false)).isEqualTo(alone);
    }

    @Test
    void an_unknown_command_is_wrong_usage() throws Exception {
        ScriptRun ended = run(List.of("bash", SCRIPT.toString(), "dance"), false);
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.output()).contains("there is no command dance", "  demo ");
    }

    @Test
    void without_java_and_maven_it_prints_what_to_install() throws Exception {
        for (String tool : List.of("bash", "dirname", "id", "sed", "head", "sort", "find", "cat", "readlink")) {
            for (String folder : List.of("/usr/bin", "/bin")) {
                Path real = Path.of(folder, tool);
                if (Files.exists(real) && !Files.exists(bin.resolve(tool))) {
                    Files.createSymbolicLink(bin.resolve(tool), real);
                }
            }
        }
        ScriptRun ended = run(List.of("/bin/bash", SCRIPT.toString(), "test"), true);
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.output())
                .contains("missing: a JDK 17 or newer, Maven 3.8.7 or newer")
                .contains("apt-get install -y openjdk-17-jdk-headless maven");
    }

    private ScriptRun run(List<String> command, boolean bare) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("CI");
        if (bare) {
            builder.environment().clear();
            builder.environment().put("PATH", bin.toString());
        }
        return ended(builder.start());
    }

    private static ScriptRun ended(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new ScriptRun(process.exitValue(), output);
    }
}
