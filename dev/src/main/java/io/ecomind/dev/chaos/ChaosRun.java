package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.connect.Secret;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs scenarios one after the other, on as few set-ups as their needs allow. For one thread. */
final class ChaosRun {
    private static final Logger log = LoggerFactory.getLogger(ChaosRun.class);
    private final Path directory;
    private final long seed;
    private final boolean brief;
    private final Duration limit;
    private final Consumer<String> say;
    private final Consumer<Result> each;

    /**
     * The result of a scenario.
     *
     * @param faults how many were injected
     * @param proofs that they had an effect
     * @param problems why it failed; empty when it held
     */
    record Result(
            Scenario scenario, int faults, List<String> proofs, Verdict verdict, List<String> problems, Duration took) {
        boolean held() {
            return problems.isEmpty();
        }
    }

    /**
     * @param directory for data and logs; must be empty
     * @param limit no scenario starts after this time
     * @param each is given each result
     */
    ChaosRun(Path directory, long seed, boolean brief, Duration limit, Consumer<String> say, Consumer<Result> each) {
        this.directory = directory;
        this.seed = seed;
        this.brief = brief;
        this.limit = limit;
        this.say = say;
        this.each = each;
    }

    /** Runs them; returns the results of those that were begun. */
    List<Result> run(List<Scenario> scenarios) {
        Map<Scenario.Needs, List<Scenario>> bySetUp = new LinkedHashMap<>();
        scenarios.forEach(scenario -> bySetUp.computeIfAbsent(scenario.needs(), key -> new ArrayList<>())
                .add(scenario));
        long deadline = System.nanoTime() + limit.toNanos();
        List<Result> results = new ArrayList<>();
        int setUp = 0;
        for (var group : bySetUp.entrySet()) {
            if (System.nanoTime() > deadline) {
                break;
            }
            Path own = directory.resolve("set-up-" + ++setUp);
            runGroup(own, group.getKey(), group.getValue(), deadline, results);
            if (results.stream().allMatch(Result::held)) {
                remove(own);
            }
        }
        return results;
    }

    private void runGroup(
            Path own, Scenario.Needs needs, List<Scenario> scenarios, long deadline, List<Result> results) {
        create(own);
        Map<Scenario, List<SentLedger>> ledgers = new LinkedHashMap<>();
        List<ChaosOrganisation> organisations = new ArrayList<>();
        Secret pepper = ChaosCluster.randomSecret();
        for (Scenario scenario : scenarios) {
            List<SentLedger> sent = new ArrayList<>();
            for (Scenario.ScenarioSending sending : scenario.organisations()) {
                var organisation = new ChaosOrganisation(
                        scenario.name() + (sending.suffix().isEmpty() ? "" : "-" + sending.suffix()),
                        sending.zones(),
                        sending.shards(),
                        ApiKey.generate(new SecureRandom(), "chaos", KeyPeppers.parse(pepper))
                                .text());
                organisations.add(organisation);
                sent.add(new SentLedger(organisation, seed + scenario.name().hashCode(), scenario.smallest()));
            }
            ledgers.put(scenario, sent);
        }
        say.accept("starting a set-up" + (needs.sabotage() == Sabotage.NONE ? "" : " " + needs.sabotage()));
        try (var cluster = ChaosCluster.start(
                new ChaosCluster.Settings(own, needs.brokers(), needs.sabotage(), organisations, pepper), say)) {
            for (var entry : ledgers.entrySet()) {
                if (System.nanoTime() > deadline) {
                    return;
                }
                Result result = run(cluster, own, entry.getKey(), entry.getValue());
                results.add(result);
                each.accept(result);
                if (!result.held()) {
                    String why = whyUnusable(cluster);
                    if (why != null) {
                        say.accept("the set-up is no longer usable and its remaining scenarios are skipped: " + why);
                        return;
                    }
                }
            }
        }
    }

    private Result run(ChaosCluster cluster, Path own, Scenario scenario, List<SentLedger> ledgers) {
        long begin = System.nanoTime();
        Path scenarioDirectory = own.resolve("scenario-" + scenario.name());
        create(scenarioDirectory);
        var stage = new ChaosStage(
                cluster,
                ledgers,
                seed + scenario.name().hashCode(),
                brief,
                scenarioDirectory,
                line -> say.accept(scenario.name() + ": " + line));
        Verdict verdict = new Verdict(0, 0, 0, 0, 0, List.of());
        List<String> problems = new ArrayList<>();
        try {
            scenario.body().run(stage);
            stage.settle();
            verdict = stage.check();
            if (!scenario.mustFail()) {
                long disputed = stage.disputedDays();
                stage.require(disputed == 0, disputed + " days are disputed");
            }
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            log.atError()
                    .addKeyValue("scenario", scenario.name())
                    .setCause(e)
                    .log("a scenario ended with an exception");
            problems.add("ended with an exception: " + (e instanceof CommandException ? e.getMessage() : e.toString()));
        }
        if (stage.proofs().isEmpty() && problems.isEmpty()) {
            problems.add("no observation shows that its faults had an effect");
        }
        problems.addAll(stage.problems());
        if (!scenario.mustFail()) {
            problems.addAll(verdict.problems());
        } else if (problems.isEmpty() && (verdict.doubled() == 0 || verdict.lost() > 0)) {
            // Any other finding would not show that the checker detects double events.
            problems.add(
                    "the checker found " + verdict.doubled() + " double events and " + verdict.lost() + " lost events");
        } else if (problems.isEmpty()) {
            stage.proof("the checker says: " + verdict.problems().get(0));
        }
        return new Result(
                scenario,
                stage.faults(),
                List.copyOf(stage.proofs()),
                verdict,
                List.copyOf(problems),
                Duration.ofNanos(System.nanoTime() - begin));
    }

    /** Repairs the set-up after a failed scenario, for the next ones. Null when it works again, otherwise why not. */
    private static @Nullable String whyUnusable(ChaosCluster cluster) {
        try {
            cluster.heal();
            return null;
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path directory) {
        try {
            PrivateFolders.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
