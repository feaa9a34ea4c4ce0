package io.ecomind.dev.bench;

import io.ecomind.cli.Numbers;
import io.ecomind.dev.bench.StateBench.Sample;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.testkit.PrivateFolders;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows whether the state of the enrichment stays constant in size: it may grow only with the number of ids within the
 * horizon.
 */
@Command(
        name = "state",
        description = {
            "The enrichment's state over distinct ids, checkpoint by checkpoint, with a shortened horizon.",
            "Event time covers 7.5 hours, however long the run takes; an id is kept for the horizon and 15 minutes.",
            "full is Flink's state_size: all files that a checkpoint refers to, including ids that were deleted but"
                    + " not yet compacted by RocksDB. new is checkpointed_size: what this checkpoint added to the files of"
                    + " earlier ones (incremental checkpoints).",
            "With few ids, rare compactions make the sizes vary; use the default number or more."
        })
final class BenchStateCommand implements Callable<Integer> {
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofMinutes(150);

    /**
     * Long enough for some forty checkpoints; with more events, the run is longer, at a rate that two processors
     * manage.
     */
    private static final Duration SHORTEST_FEED = Duration.ofSeconds(12);

    private static final int MAX_EVENTS_PER_SECOND = 40_000;
    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);
    private static final int MIN_CHECKPOINTS = 40;
    private static final int ROWS = 30;

    /** The least number of checkpoints after the horizon was reached for a comparison. */
    private static final int MIN_SAMPLES = 3;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "5000000",
            description = "Distinct ids (default: ${DEFAULT-VALUE}).")
    private int events;

    @Option(
            names = "--horizon",
            paramLabel = "D",
            defaultValue = "PT1H",
            description = "Horizon as an ISO 8601 duration, PT1M to PT2H30M (default: ${DEFAULT-VALUE}).")
    private String horizon = "PT1H";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        if (events < 10_000 || events > 100_000_000) {
            throw new ParameterException(spec.commandLine(), "--events must be 10000 to 100000000, was " + events);
        }
        Duration wanted = parseHorizon();
        PrintWriter out = spec.commandLine().getOut();
        Duration byRate = Duration.ofMillis(events * 1_000L / MAX_EVENTS_PER_SECOND);
        Duration feedFor = byRate.compareTo(SHORTEST_FEED) > 0 ? byRate : SHORTEST_FEED;
        Duration interval = feedFor.dividedBy(MIN_CHECKPOINTS);
        var bench = new StateBench(
                events, wanted, feedFor, interval.compareTo(LONGEST_INTERVAL) < 0 ? interval : LONGEST_INTERVAL);
        out.println(Numbers.count(events) + " distinct ids, each kept for " + text(wanted) + " + "
                + text(JobConfig.GRACE) + " of event time: at most "
                + Numbers.count(bench.identitiesWithinHorizon()) + " at once");
        out.println("      events   ids within   full state   new in this    checkpoint");
        out.println("     so far      horizon           MB  checkpoint MB          ms");
        out.flush();
        Path directory = Files.createTempDirectory("ecomind-bench-");
        try {
            long[] next = {0};
            List<Sample> samples = bench.run(directory, sample -> {
                if (sample.events() >= next[0] || sample.events() == events) {
                    next[0] = sample.events() + events / ROWS;
                    out.println(row(sample));
                    out.flush();
                }
            });
            conclude(out, samples, events, bench.identitiesWithinHorizon());
        } finally {
            PrivateFolders.delete(directory);
        }
        return 0;
    }

    static String row(Sample sample) {
        return String.format(
                Locale.ROOT,
                "%,12d %,12d %,12.2f %,14.2f %,11d",
                sample.events(),
                sample.identities(),
                sample.stateBytes() / 1e6,
                sample.uploadedBytes() / 1e6,
                sample.durationMillis());
    }

    /**
     * Compares the time after the horizon was first reached with the end of the run. Medians over some horizons, with
     * their range, because single checkpoints vary with RocksDB's compactions.
     */
    static void conclude(PrintWriter out, List<Sample> samples, long events, long full) {
        long width = Math.min(full * 3 / 2, (events - full) / 2);
        List<Sample> first = samples.stream()
                .filter(sample -> sample.events() > full && sample.events() <= full + width)
                .toList();
        List<Sample> last = samples.stream()
                .filter(sample -> sample.events() > events - width)
                .toList();
        if (first.size() < MIN_SAMPLES || last.size() < MIN_SAMPLES) {
            out.println(
                    "only " + first.size() + " and " + last.size()
                            + " checkpoints after the horizon was reached and at the end: too few to compare; use more --events");
            out.flush();
            return;
        }
        out.println("after the horizon was first reached, and at the end (median, range):");
        compare(out, "full state, MB", first, last, Sample::stateBytes, 1e6);
        compare(out, "new per checkpoint, MB", first, last, Sample::uploadedBytes, 1e6);
        compare(out, "checkpoint, ms", first, last, Sample::durationMillis, 1);
        out.println(String.format(
                Locale.ROOT,
                "constant state is near 1; state that keeps every id would have grown to %.1f times",
                median(last, Sample::events) / median(first, Sample::events)));
        out.flush();
    }

    private static void compare(
            PrintWriter out,
            String what,
            List<Sample> first,
            List<Sample> last,
            ToLongFunction<Sample> figure,
            double unit) {
        out.println(String.format(
                Locale.ROOT,
                "%-24s %s, then %s: ratio %.2f",
                what,
                spread(first, figure, unit),
                spread(last, figure, unit),
                median(last, figure) / median(first, figure)));
    }

    private static String spread(List<Sample> samples, ToLongFunction<Sample> figure, double unit) {
        LongSummaryStatistics range = samples.stream().mapToLong(figure).summaryStatistics();
        return String.format(
                Locale.ROOT,
                "%,.2f (%,.2f to %,.2f)",
                median(samples, figure) / unit,
                range.getMin() / unit,
                range.getMax() / unit);
    }

    private static double median(List<Sample> samples, ToLongFunction<Sample> figure) {
        long[] sorted = samples.stream().mapToLong(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
    }

    private Duration parseHorizon() {
        try {
            Duration parsed = Duration.parse(horizon);
            if (parsed.compareTo(SHORTEST) >= 0 && parsed.compareTo(LONGEST) <= 0) {
                return parsed;
            }
        } catch (DateTimeParseException e) {
            // Reported below, together with a duration that is out of range.
        }
        throw new ParameterException(
                spec.commandLine(), "--horizon must be an ISO 8601 duration, PT1M to PT2H30M, was " + horizon);
    }

    private static String text(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
