package io.ecomind.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.jobs.restatement.RestatementResult;
import io.ecomind.jobs.restatement.RestatementResult.DayOutcome;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as far as it needs no stack: what it prints, and how it ends. */
class RestateCommandTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void old_and_new_totals_are_printed_and_who_waits_is_named() {
        var before = new RestatementResult.DayTotals(1_000, new BigDecimal("1.5"), new BigDecimal("2"), null);
        var after = new RestatementResult.DayTotals(1_002, new BigDecimal("1.75"), new BigDecimal("2.5"), null);
        String printed = print(new RestatementResult(
                7,
                List.of(
                        new RestatementResult.RestatedDay("acme", DAY, DayOutcome.RESTATED, 2, before, after),
                        new RestatementResult.RestatedDay(
                                "acme", DAY.plusDays(1), DayOutcome.NOT_SEALED, 1, null, null),
                        new RestatementResult.RestatedDay(
                                "acme", DAY.plusDays(2), DayOutcome.CHANGED, 1, null, null))));

        assertThat(printed)
                .containsPattern("acme +2026-03-01 +1 +was +1,000 +1\\.500 +2\\.000 +—")
                .containsPattern("acme +2026-03-01 +2 +is +1,002 +1\\.750 +2\\.500 +—")
                .contains("acme 2026-03-02 is not sealed yet and waits")
                .contains("acme 2026-03-03 received more events meanwhile")
                .contains("restated 1 of 3 days (restatement 7)");
    }

    @Test
    void nothing_to_do_is_said() {
        assertThat(print(new RestatementResult(0, List.of()))).isEqualTo("there is nothing to restate\n");
    }

    @Test
    void wrong_usage_ends_with_2_and_without_a_stack_it_says_how_to_start_one() {
        assertThat(run("restate")).isEqualTo(2);
        assertThat(run("restate", "--late", "--factor-set", "s")).isEqualTo(2);
        assertThat(run("restate", "--late", "--from", "2026-03-02", "--to", "2026-03-01"))
                .isEqualTo(2);
        assertThat(run("restate", "--late", "--data", directory.toString())).isEqualTo(1);
    }

    private static String print(RestatementResult done) {
        var text = new StringWriter();
        RestateCommand.print(new PrintWriter(text), done);
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    private static int run(String... arguments) {
        var line = CliMain.commandLine();
        line.setOut(new PrintWriter(new StringWriter()));
        line.setErr(new PrintWriter(new StringWriter()));
        return line.execute(arguments);
    }
}
