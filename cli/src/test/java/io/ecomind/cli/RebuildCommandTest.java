package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.jobs.rebuild.OrgDay;
import io.ecomind.jobs.rebuild.RebuildReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as far as it needs no stack: what it prints, and how it ends. */
class RebuildCommandTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void figures_are_printed_and_days_that_are_not_as_they_were_are_named() {
        var report = new RebuildReport(
                4,
                12_345,
                12_000,
                11_990,
                300,
                7,
                2,
                List.of(new RebuildReport.RatedAsLedger(new OrgDay("acme", DAY), "set-2", 3)),
                List.of(new OrgDay("acme", DAY.plusDays(1)), new OrgDay("acme", DAY.plusDays(2))));

        assertThat(print(report))
                .contains("acme 2026-03-01: was under set-2, version 3 is not")
                .contains("perhaps incomplete")
                .contains("acme: 2026-03-02, 2026-03-03")
                .endsWith("rebuild 4: 12,345 records read, 11,990 rows added, 10 rows already there,"
                        + " 7 of 300 rejections added\n");
        assertThat(RebuildCommand.exitCode(report)).isEqualTo(1);
    }

    @Test
    void without_anything_to_say_about_days_there_is_one_line() {
        var report = new RebuildReport(5, 3, 3, 0, 0, 0, 0, List.of(), List.of());

        assertThat(print(report))
                .isEqualTo("rebuild 5: 3 records read, 0 rows added, 3 rows already there, 0 of 0 rejections added\n");
        assertThat(RebuildCommand.exitCode(report)).isZero();
    }

    @Test
    void wrong_usage_ends_with_2_help_with_0_and_without_a_stack_it_says_how_to_start_one() {
        assertThat(run("rebuild", "--from", "2026-03-01")).isEqualTo(2);
        assertThat(run("rebuild", "--help")).isZero();
        assertThat(run("rebuild", "--data", directory.toString())).isEqualTo(1);
    }

    private static String print(RebuildReport report) {
        var text = new StringWriter();
        RebuildCommand.print(new PrintWriter(text), report);
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    private static int run(String... arguments) {
        var line = CliMain.commandLine();
        line.setOut(new PrintWriter(new StringWriter()));
        line.setErr(new PrintWriter(new StringWriter()));
        return line.execute(arguments);
    }
}
