package io.ecomind.dev.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.dev.Main;
import io.ecomind.dev.bench.StateBench.Sample;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
class BenchStateTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    @Tag("ci")
    void every_checkpoint_is_a_sample_and_the_last_one_has_seen_every_event() throws Exception {
        var bench = new StateBench(20_000, Duration.ofMinutes(30), Duration.ofSeconds(4), Duration.ofMillis(200));
        List<Sample> heard = new ArrayList<>();

        List<Sample> samples = bench.run(directory, heard::add);

        assertThat(bench.identitiesWithinHorizon()).isEqualTo(2_000);
        assertThat(heard).isEqualTo(samples);
        assertThat(samples).isSortedAccordingTo(Comparator.comparingLong(Sample::events));
        Sample last = samples.get(samples.size() - 1);
        assertThat(last.events()).isEqualTo(20_000);
        assertThat(last.identities()).isEqualTo(2_000);
        assertThat(samples).allSatisfy(sample -> {
            assertThat(sample.uploadedBytes()).isBetween(0L, sample.stateBytes());
            assertThat(sample.identities()).isLessThanOrEqualTo(sample.events());
        });
        // The reference data alone is over a megabyte.
        assertThat(last.stateBytes()).isGreaterThan(1_000_000);
    }

    @Test
    void the_time_after_the_horizon_was_reached_is_compared_with_the_end() {
        List<Sample> samples = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            samples.add(new Sample(i * 100L, Math.min(i * 100L, 1_000), Math.min(i, 10) * 1_000_000L, 500_000, 20 + i));
        }

        assertThat(conclusion(samples, 6_000, 1_000))
                .contains("full state, MB           10.00 (10.00 to 10.00), then 10.00 (10.00 to 10.00): ratio 1.00")
                .contains("new per checkpoint, MB   0.50 (0.50 to 0.50), then 0.50 (0.50 to 0.50): ratio 1.00")
                .contains("checkpoint, ms           38.00 (31.00 to 45.00), then 73.00 (66.00 to 80.00): ratio 1.92")
                .contains("would have grown to 2.9 times");
        assertThat(conclusion(samples.subList(0, 12), 6_000, 1_000)).contains("too few to compare");
    }

    @Test
    void a_horizon_or_number_out_of_range_is_wrong_usage() {
        for (List<String> wrong : List.of(
                List.of("--events", "9999"),
                List.of("--horizon", "PT3H"),
                List.of("--horizon", "PT1S"),
                List.of("--horizon", "an hour"))) {
            var line = Main.commandLine();
            line.setErr(new PrintWriter(new StringWriter()));
            List<String> arguments = new ArrayList<>(List.of("bench", "state"));
            arguments.addAll(wrong);
            assertThat(line.execute(arguments.toArray(String[]::new)))
                    .as(wrong.toString())
                    .isEqualTo(2);
        }
    }

    private static String conclusion(List<Sample> samples, long events, long full) {
        var text = new StringWriter();
        BenchStateCommand.conclude(new PrintWriter(text), samples, events, full);
        return text.toString();
    }
}
