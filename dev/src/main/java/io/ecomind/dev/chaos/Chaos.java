package io.ecomind.dev.chaos;

import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs scenarios and prints their results. For one thread. */
public final class Chaos {
    private final Path directory;
    private final long seed;
    private final boolean brief;
    private final Duration limit;
    private final PrintWriter out;
    private final long begin = System.nanoTime();

    /**
     * @param directory for data and logs
     * @param brief the short pass: fewer scenarios, less load
     * @param limit no scenario starts after this time
     */
    public Chaos(Path directory, long seed, boolean brief, Duration limit, PrintWriter out) {
        this.directory = directory;
        this.seed = seed;
        this.brief = brief;
        this.limit = limit;
        this.out = out;
    }

    /** Names all scenarios; those of the short pass are marked. */
    public static void list(PrintWriter out) {
        for (Scenario scenario : Scenarios.all()) {
            out.println(String.format(
                    Locale.ROOT, "%-28s %s %s", scenario.name(), scenario.brief() ? "*" : " ", scenario.title()));
        }
        out.println("* also in the short pass");
        out.flush();
    }

    /** The first name that no scenario has; null when all exist. */
    public static @Nullable String firstUnknown(List<String> names) {
        var known = Scenarios.all().stream().map(Scenario::name).collect(Collectors.toCollection(HashSet::new));
        return names.stream().filter(name -> !known.contains(name)).findFirst().orElse(null);
    }

    /**
     * Runs the named scenarios, or all.
     *
     * @return whether all were run and all held
     */
    public boolean run(List<String> names) throws IOException {
        List<Scenario> chosen = new ArrayList<>();
        for (Scenario scenario : Scenarios.all()) {
            if (names.isEmpty() ? !brief || scenario.brief() : names.contains(scenario.name())) {
                chosen.add(scenario);
            }
        }
        out.println(chosen.size() + " scenarios with seed " + seed + ", data and logs in " + directory);
        out.flush();
        List<ChaosRun.Result> results = new ChaosRun(directory, seed, brief, limit, this::say, this::show).run(chosen);
        return conclude(chosen, results);
    }

    private void say(String line) {
        Duration since = Duration.ofNanos(System.nanoTime() - begin);
        out.println(String.format(Locale.ROOT, "%3d:%02d  %s", since.toMinutes(), since.toSecondsPart(), line));
        out.flush();
    }

    private void show(ChaosRun.Result result) {
        Verdict verdict = result.verdict();
        String figures = verdict.accepted() + " accepted, " + verdict.counted() + " counted once, " + verdict.lost()
                + " lost, " + verdict.doubled() + " double; " + result.faults() + " faults, "
                + result.took().toSeconds() + " s";
        say(result.scenario().name() + (result.held() ? " HELD: " : " FAILED: ") + figures);
        result.problems().forEach(problem -> say("  " + problem));
    }

    private boolean conclude(List<Scenario> chosen, List<ChaosRun.Result> results) throws IOException {
        long held = results.stream().filter(ChaosRun.Result::held).count();
        // Tests of the checker run on set-ups that must fail, so their events are not counted.
        List<ChaosRun.Result> sound =
                results.stream().filter(result -> !result.scenario().mustFail()).toList();
        out.println("chaos: " + held + " of " + chosen.size() + " scenarios held with seed " + seed + "; "
                + sum(sound, Verdict::accepted) + " accepted = " + sum(sound, Verdict::counted) + " counted, "
                + sum(sound, Verdict::lost) + " lost, " + sum(sound, Verdict::doubled) + " double; "
                + results.stream().mapToInt(ChaosRun.Result::faults).sum() + " faults");
        if (results.size() < chosen.size()) {
            out.println("not run: " + (chosen.size() - results.size()));
        }
        boolean all = held == chosen.size();
        if (all) {
            PrivateFolders.delete(directory);
        } else {
            out.println("data and logs are kept in " + directory);
        }
        out.flush();
        return all;
    }

    private static long sum(List<ChaosRun.Result> results, ToLongFunction<Verdict> figure) {
        return results.stream().map(ChaosRun.Result::verdict).mapToLong(figure).sum();
    }
}
