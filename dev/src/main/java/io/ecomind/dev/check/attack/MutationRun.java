package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.dev.check.ThrowawayStack;
import io.ecomind.dev.check.attack.Attempt.Result;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes defences away and has the try made that must find it: those of the database one at a time, the limits and passwords of
 * the servers together. For one thread.
 */
final class MutationRun {
    private static final Logger log = LoggerFactory.getLogger(MutationRun.class);

    private static final int PORT_BASE = 17_080;

    private final PrintWriter out;
    private final long seed;
    private final List<String> only;
    private final List<String> survivors = new ArrayList<>();
    private int killed;
    private int total;

    /** @param only numbers of tries whose defences are taken away; empty: all */
    MutationRun(PrintWriter out, long seed, List<String> only) {
        this.out = out;
        this.seed = seed;
        this.only = List.copyOf(only);
    }

    /** Whether all that were chosen were found. */
    boolean runAll(DataDirectory directory, int count) throws SQLException {
        List<Mutant> ofLimits = LimitMutants.all();
        List<Mutant> chosen;
        try (var throwaway = ThrowawayStack.start(new StackConfig(directory, PORT_BASE, ExternalServices.NONE))) {
            var stage = new MutationStage(AttackTarget.of(throwaway.data().endpoints()));
            List<Mutant> all = new ArrayList<>(DatabaseMutants.all(stage));
            all.addAll(ofLimits);
            chosen = sample(all, count);
            sayUncovered(all);
            run(
                    stage,
                    chosen.stream().filter(mutant -> !ofLimits.contains(mutant)).toList());
            // What a stack with all limits does not hold shows nothing about a stack without them.
            chosen = chosen.stream()
                    .filter(ofLimits::contains)
                    .filter(mutant -> holds(stage, mutant))
                    .toList();
        }
        if (!chosen.isEmpty()) {
            var config = new StackConfig(directory, PORT_BASE, ExternalServices.NONE).withTuning(LimitMutants.WITHOUT);
            try (var throwaway = ThrowawayStack.start(config)) {
                runStarted(AttackTarget.of(throwaway.data().endpoints()), chosen);
            }
        }
        return conclude();
    }

    private void sayUncovered(List<Mutant> all) {
        Set<String> covered = all.stream().map(Mutant::attempt).collect(Collectors.toSet());
        out.println("tries without a defence that can be taken away, so that nothing shows here that they can fail: "
                + AttackRun.select(List.of()).stream()
                        .map(Attempt::number)
                        .filter(number -> !covered.contains(number))
                        .collect(Collectors.joining(", ")));
        out.flush();
    }

    /** As many of them as wanted, chosen by the seed. */
    private List<Mutant> sample(List<Mutant> all, int count) {
        List<Mutant> shuffled = all.stream()
                .filter(mutant -> only.isEmpty() || only.contains(mutant.attempt()))
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.shuffle(shuffled, new Random(seed));
        return shuffled.subList(0, Math.min(count, shuffled.size()));
    }

    /** Tries all on a stack that runs, each alone. */
    private void run(MutationStage stage, List<Mutant> mutants) {
        Map<String, String> whole = new HashMap<>();
        for (Mutant mutant : mutants) {
            total++;
            String before = whole.computeIfAbsent(mutant.attempt(), number -> seen(stage, number, Result.HELD));
            String outcome = before.isEmpty() ? attack(stage, mutant) : "its try is broken without it: " + before;
            tell(mutant, outcome);
        }
    }

    /** Whether a try holds before its defence is taken away; says so when it does not. */
    private boolean holds(MutationStage stage, Mutant mutant) {
        String seen = seen(stage, mutant.attempt(), Result.HELD);
        if (!seen.isEmpty()) {
            total++;
            tell(mutant, "its try is broken without it: " + seen);
        }
        return seen.isEmpty();
    }

    /** The tries of a stack that was started without some defences: each must be broken. */
    private void runStarted(AttackTarget target, List<Mutant> mutants) {
        for (Mutant mutant : mutants) {
            total++;
            tell(mutant, seen(new MutationStage(target), mutant.attempt(), Result.BROKEN));
        }
    }

    private void tell(Mutant mutant, String outcome) {
        if (outcome.isEmpty()) {
            killed++;
        } else {
            survivors.add(mutant.name());
        }
        out.printf(
                Locale.ROOT,
                "%-4s %-8s %s%s%n",
                mutant.attempt(),
                outcome.isEmpty() ? "found" : "SURVIVED",
                mutant.name(),
                outcome.isEmpty() ? "" : " (" + outcome + ")");
        out.flush();
    }

    /** Whether all were found. */
    private boolean conclude() {
        out.println("mutations: " + killed + " of " + total + " found"
                + (survivors.isEmpty()
                        ? ""
                        : ", survived: " + survivors.stream().collect(Collectors.joining("; "))));
        out.flush();
        return survivors.isEmpty() && total > 0;
    }

    private String attack(MutationStage stage, Mutant mutant) {
        Mutant.Undo undo;
        try {
            undo = mutant.mutation().apply(stage);
        } catch (Exception e) {
            log.atWarn().addKeyValue("mutant", mutant.name()).setCause(e).log("a defence could not be taken away");
            return "could not be taken away: " + e.getMessage();
        }
        String seen = seen(stage, mutant.attempt(), Result.BROKEN);
        try {
            undo.run();
        } catch (Exception e) {
            throw new IllegalStateException(mutant.name() + " could not be undone", e);
        }
        return seen;
    }

    /** Empty when the try ends as wanted, otherwise what was seen. */
    private String seen(MutationStage stage, String number, Result wanted) {
        Attempt attempt = AttackRun.select(List.of(number)).get(0);
        try (var context = new AttackContext(stage.target(), seed)) {
            AttackRun.Finding finding = AttackRun.run(context, attempt);
            return finding.observation().result() == wanted
                    ? ""
                    : finding.observation().seen();
        } catch (SQLException e) {
            return "broke off: " + e.getMessage();
        }
    }
}
