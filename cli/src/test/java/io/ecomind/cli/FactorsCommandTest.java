package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about factors as far as they need no stack: what they print, and how they end. */
class FactorsCommandTest {
    private static final String HEADER = "zone,start,resolution,gco2e_per_kwh,source\n";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void a_file_is_checked_against_the_shipped_set() throws Exception {
        Path file = write(
                "august.csv",
                HEADER + "DEU,2026-08-01T00:00:00Z,hour,300,me\n" + "DEU,2026-08-01T02:00:00Z,hour,301,me\n");
        CommandLineRun ended = run("factors", "import", file.toString(), "--check", "--data", directory.toString());
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output())
                .containsPattern("DEU +hour +2 +2026-08-01 00:00 +2026-08-01 02:00 +1 +2026-08-01 01:00")
                .contains("0 rows replace one of the base (0 say the same), 2 are new")
                .containsPattern("DEU +0\\.\\d+ +0\\.\\d+ +[+-]\\d+\\.\\d %")
                .containsPattern("factor set +ecomind-2026.1-grid-[0-9a-f]{8}")
                .contains("Grid intensity from august.csv: 2 hours, 0 months of 1 zone.")
                .contains("checked only: nothing was stored");
    }

    @Test
    void a_bad_file_fails_with_every_problem() throws Exception {
        Path file = write("bad.csv", HEADER + "DE,2026-08,month,300,me\nDEU,2026-08,month,none,me\n");
        CommandLineRun ended = run("factors", "import", file.toString(), "--check", "--data", directory.toString());
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.output())
                .contains("bad.csv:2: zone must be", "near: DEU", "bad.csv:3: gco2e_per_kwh must be")
                .contains("was not taken: nothing has changed");
    }

    @Test
    void storing_needs_a_stack_and_at_least_a_minute() throws Exception {
        Path file = write("august.csv", HEADER + "DEU,2026-08,month,300,me\n");
        CommandLineRun noStack = run("factors", "import", file.toString(), "--data", directory.toString());
        assertThat(noStack.code()).isEqualTo(1);
        assertThat(noStack.output()).contains("start it with ./ecomind up");
        CommandLineRun tooSoon = run("factors", "import", file.toString(), "--active-in", "59s");
        assertThat(tooSoon.code()).isEqualTo(2);
        assertThat(tooSoon.output()).contains("--active-in must be at least 60s", "was 59s");
        assertThat(run("factors", "import", "no-such-file").code()).isEqualTo(2);
        assertThat(FactorsCommand.parse("2h")).isEqualTo(Duration.ofHours(2));
        assertThat(FactorsCommand.parse("1d")).isEqualTo(Duration.ofDays(1));
        assertThat(FactorsCommand.parse("PT90S")).isEqualTo(Duration.ofSeconds(90));
        assertThat(FactorsCommand.parse("soon")).isNull();
    }

    @Test
    void coverage_counts_names_by_their_match() throws Exception {
        Path file = write(
                "prices.csv",
                "provider,model_id,name\nopenai,gpt-4o,GPT-4o\nopenai,gpt-image-1,Image\n" + "nobody,imaginary,?\n");
        CommandLineRun ended = run("factors", "coverage", file.toString(), "--list", "--data", directory.toString());
        assertThat(ended.code()).as(ended.output()).isZero();
        assertThat(ended.output())
                .contains("names checked: 2", "openai gpt-image-1: word image", "  nobody imaginary")
                .containsPattern("covered +1 +50.00 %")
                .containsPattern("openai +gpt-4o +exact +openai/gpt-4o");
        CommandLineRun bad =
                run("factors", "coverage", write("bad.csv", "a,b\n1,2\n").toString());
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.output()).contains("bad.csv:1: the header must have the columns");
    }

    @Test
    void wrong_usage_ends_with_2_and_help_with_0() {
        assertThat(run("factors").code()).isEqualTo(2);
        assertThat(run("factors", "override").code()).isEqualTo(2);
        assertThat(run("factors", "--help").output()).contains("import", "list", "coverage", "override", "contract");
        assertThat(run("factors", "override", "add", "--help").output()).contains("--kwh-per-call", "--active-b");
        String[] common = {
            "factors", "override", "add", "--org", "o", "--id", "i", "--provider", "p", "--model", "m", "--source", "s"
        };
        assertThat(run(common).code()).isEqualTo(2);
        assertThat(run(with(common, "--kwh-per-call", "1", "--active-b", "7", "--total-b", "7"))
                        .code())
                .isEqualTo(2);
        CommandLineRun half = run(with(common, "--kwh-per-call", "1"));
        assertThat(half.code()).isEqualTo(2);
        assertThat(half.output()).contains("--pue");
        CommandLineRun span = run(with(common, "--active-b", "seven", "--total-b", "7..8"));
        assertThat(span.code()).isEqualTo(2);
        assertThat(span.output()).contains("'seven' is not MIN..MAX");
        CommandLineRun whole =
                run(with(common, "--active-b", "7..8", "--total-b", "70", "--data", directory.toString()));
        assertThat(whole.code()).isEqualTo(1);
        assertThat(whole.output()).contains("start it with ./ecomind up");
    }

    private static String[] with(String[] first, String... more) {
        String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static CommandLineRun run(String... arguments) {
        return CommandLineRun.of(arguments);
    }
}
