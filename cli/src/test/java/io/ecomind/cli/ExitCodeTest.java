package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The rule for exit codes, as far as it needs no stack, and the messages that go with it. */
class ExitCodeTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_explains_itself_within_eighty_columns_and_states_the_rule(List<String> command) {
        List<String> words = new ArrayList<>(command);
        words.add("--help");
        CommandLineRun run = CommandLineRun.of(words.toArray(String[]::new));

        assertThat(run.code()).isZero();
        assertThat(run.output().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        assertThat(run.output().replaceAll("\\s+", " ")).contains(ExitCode.HELP);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void an_unknown_option_is_wrong_usage_and_prints_no_usage_text(List<String> command) {
        List<String> words = new ArrayList<>(command);
        words.add("--no-such-option");
        CommandLineRun run = CommandLineRun.of(words.toArray(String[]::new));

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.output()).doesNotContain("Usage:").contains("ecomind " + String.join(" ", command) + " --help");
    }

    static Stream<Arguments> commands() {
        return below(CliMain.commandLine(), List.of()).map(Arguments::of);
    }

    private static Stream<List<String>> below(CommandLine group, List<String> path) {
        return group.getSubcommands().entrySet().stream().flatMap(entry -> {
            List<String> own = new ArrayList<>(path);
            own.add(entry.getKey());
            return entry.getValue().getSubcommands().isEmpty() ? Stream.of(own) : below(entry.getValue(), own);
        });
    }

    @Test
    void a_missing_file_and_a_directory_are_wrong_usage_in_one_line() {
        for (String[] command :
                new String[][] {{"replay"}, {"import"}, {"factors", "import"}, {"factors", "coverage"}}) {
            usage("there is no file", with(command, directory.resolve("none").toString()));
            usage("is a directory, not a file", with(command, directory.toString()));
        }
        usage("there is no directory", "factors", "coverage", file("p.csv", "a"), "--set", "none");
        usage("is a directory, not a file", "import", file("a.ndjson", "{}"), "--rejects", directory.toString());
    }

    @Test
    void a_data_directory_that_is_a_file_is_wrong_usage_in_one_line() {
        usage("is a file, not a directory", "verify", "--data", file("file", "x"));
        usage(
                "there is no file",
                "verify",
                "--profile",
                directory.resolve("none").toString());
    }

    @Test
    void a_stack_that_does_not_run_is_a_failure_that_names_all_ways_to_an_address() {
        CommandLineRun run = CommandLineRun.of("verify", "--data", directory.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.output())
                .contains("--kafka HOST:PORT", "ECOMIND_KAFKA_BOOTSTRAP_SERVERS", "start it with ./ecomind up")
                .hasLineCount(1);
    }

    @Test
    void bad_values_are_wrong_usage() {
        String trace = file("t.ndjson", "{}");
        usage("--speed", "replay", trace, "--speed", "x0");
        usage("--start", "replay", trace, "--start", "tomorrow");
        usage("--format", "replay", trace, "--format", "xml");
        usage("--show", "import", trace, "--show", "-1");
        usage("--from", "verify", "--from", "yesterday");
        usage("--to is before --from", "verify", "--from", "2026-01-02", "--to", "2026-01-01");
    }

    @Test
    void importing_a_csv_file_points_to_replay() {
        usage(
                "./ecomind replay",
                "import",
                file("calls.csv", "user_id,provider,model,tokens_in,tokens_out\na,b,c,1,2\n"));
    }

    private static void usage(String message, String... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.code()).as(run.output()).isEqualTo(ExitCode.USAGE);
        assertThat(run.output()).contains(message).doesNotContain("Usage:");
        assertThat(run.output().lines().count()).as(run.output()).isLessThanOrEqualTo(2);
    }

    private static String[] with(String[] command, String more) {
        return Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new);
    }

    private String file(String name, String content) {
        try {
            return Files.writeString(directory.resolve(name), content).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
