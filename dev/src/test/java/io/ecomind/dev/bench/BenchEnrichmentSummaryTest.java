package io.ecomind.dev.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.dev.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchEnrichmentSummaryTest {
    @Test
    void a_difference_within_the_spread_of_the_rounds_is_no_cost() {
        assertThat(BenchEnrichmentCommand.summary(List.of(5.0, 4.0, 6.0), List.of(4.5, 4.0, 5.0)))
                .contains("no cost can be told");
    }

    @Test
    void a_clear_difference_is_a_percentage() {
        assertThat(BenchEnrichmentCommand.summary(List.of(10.0, 10.1, 9.9), List.of(12.0, 12.1, 11.9)))
                .endsWith("the calculation makes the job 20 % slower");
    }

    @Test
    void too_few_events_are_refused() {
        var err = new StringWriter();
        assertThat(Main.commandLine()
                        .setErr(new PrintWriter(err, true))
                        .execute("bench", "enrichment", "--events", "1000"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--events must be 100000 to");
    }
}
