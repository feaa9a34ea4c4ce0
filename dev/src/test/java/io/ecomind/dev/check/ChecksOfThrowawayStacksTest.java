package io.ecomind.dev.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.dev.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The checks that start stacks of their own, in the width that takes very long; shorter ones are part of the CI run. */
@Tag("integration")
@Tag("all")
class ChecksOfThrowawayStacksTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path home;

    @Test
    void an_hour_of_random_input_breaks_nothing() {
        assertHolds("check", "fuzz", "--minutes", "60", "--seed", "20261126");
    }

    @Test
    void every_defence_that_is_taken_away_is_missed_by_its_try() {
        assertHolds("check", "attack", "--mutate", "--all");
    }

    private void assertHolds(String... arguments) {
        String before = System.getProperty("ecomind.home");
        System.setProperty("ecomind.home", home.toString());
        var output = new StringWriter();
        try {
            CommandLine commands = Main.commandLine();
            commands.setOut(new PrintWriter(output));
            assertThat(commands.execute(arguments)).as(output::toString).isZero();
        } finally {
            if (before == null) {
                System.clearProperty("ecomind.home");
            } else {
                System.setProperty("ecomind.home", Objects.requireNonNull(before));
            }
        }
    }
}
