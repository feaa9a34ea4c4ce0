package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.dev.check.attack.Attempt.Observation;
import io.ecomind.dev.check.attack.Attempt.Result;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tries one after the other against one installation. For one thread. */
final class AttackRun {
    private static final Logger log = LoggerFactory.getLogger(AttackRun.class);
    private static final Duration ALIVE_WITHIN = Duration.ofSeconds(15);

    private final AttackTarget target;
    private final long seed;

    AttackRun(AttackTarget target, long seed) {
        this.target = target;
        this.seed = seed;
    }

    /** A try with its result and what it cost. */
    record Finding(
            Attempt attempt,
            Observation observation,
            @Nullable ServerCost cost) {}

    /** All tries, in the order in which they are run. */
    static List<Attempt> catalogue() {
        return Stream.of(
                        GrpcTries.all(),
                        BodyTries.all(),
                        SlowTries.all(),
                        LimitTries.all(),
                        CountingTries.all(),
                        RightsTries.all(),
                        NeighbourTries.all(),
                        ProtocolTries.all(),
                        RequestTries.all(),
                        SharedTries.all(),
                        List.of(CountingTries.accounts(), ProtocolTries.inside()))
                .flatMap(List::stream)
                .toList();
    }

    /** Those with one of the numbers or names; all when there are none. */
    static List<Attempt> select(List<String> wanted) {
        List<Attempt> all = catalogue();
        Set<String> known = all.stream()
                .flatMap(attempt -> Stream.of(attempt.number(), attempt.name(), group(attempt)))
                .collect(Collectors.toSet());
        for (String one : wanted) {
            if (!known.contains(one)) {
                throw CommandException.wrongUsage("there is no try " + one + "; --list names them all");
            }
        }
        return all.stream()
                .filter(attempt -> wanted.isEmpty()
                        || wanted.contains(attempt.number())
                        || wanted.contains(attempt.name())
                        || wanted.contains(group(attempt)))
                .toList();
    }

    private static boolean isOnItsOwn(Attempt attempt) {
        return !List.of(
                        CountingTries.accounts().number(),
                        ProtocolTries.inside().number())
                .contains(attempt.number());
    }

    private static String group(Attempt attempt) {
        return attempt.number().replaceFirst("[a-z]+$", "");
    }

    List<Finding> run(List<Attempt> attempts, Consumer<Finding> each) {
        List<Finding> findings = new ArrayList<>();
        var context = new AttackContext(target, seed);
        try {
            boolean alive = isAlive(context);
            if (!alive) {
                throw new CommandException(target.http() + " does not answer /healthz");
            }
            for (Attempt attempt : attempts) {
                Finding finding = alive
                        ? run(context, attempt)
                        : new Finding(attempt, Observation.notTried("the server is gone"), null);
                if (alive && !isAlive(context)) {
                    alive = false;
                    finding = new Finding(
                            attempt,
                            Observation.of(false, finding.observation().seen() + "; the server no longer answers"),
                            finding.cost());
                }
                findings.add(finding);
                each.accept(finding);
            }
        } finally {
            try {
                context.close();
            } catch (SQLException e) {
                log.atWarn().setCause(e).log("the keys of the tries' organisations could not be revoked");
            }
        }
        return findings;
    }

    /** Runs tries all at the same time; what each cost cannot be told then. */
    List<Finding> runAtOnce(List<Attempt> attempts) throws InterruptedException {
        try (var context = new AttackContext(target, seed)) {
            // Those that judge a whole run come at its end.
            List<Attempt> atOnce =
                    attempts.stream().filter(AttackRun::isOnItsOwn).toList();
            Queue<Attempt> waiting = new ConcurrentLinkedQueue<>(atOnce);
            List<Finding> findings =
                    new ArrayList<>(AttackContext.atOnce(atOnce.size(), () -> run(context, waiting.remove())));
            attempts.stream()
                    .filter(attempt -> !isOnItsOwn(attempt))
                    .forEach(attempt -> findings.add(run(context, attempt)));
            return findings;
        } catch (SQLException e) {
            throw new IllegalStateException("the keys of the tries' organisations could not be revoked", e);
        }
    }

    static Finding run(AttackContext context, Attempt attempt) {
        String missing = attempt.needs().stream()
                .filter(need -> !need.isMetBy(context.target()))
                .map(AttackNeed::description)
                .collect(Collectors.joining(" and "));
        if (!missing.isEmpty()) {
            return new Finding(attempt, Observation.notTried("needs " + missing), null);
        }
        try (var meter = new ServerCost.Meter(context.target())) {
            Observation observation;
            try {
                observation = attempt.body().run(context);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                observation = Observation.notTried("interrupted");
            } catch (Exception e) {
                log.atWarn().addKeyValue("try", attempt.number()).setCause(e).log("a try broke off");
                observation = Observation.of(false, "broke off: " + e);
            }
            return new Finding(attempt, observation, meter.end());
        }
    }

    private boolean isAlive(AttackContext context) {
        Long pid = target.pid();
        return AttackContext.await(
                ALIVE_WITHIN,
                () -> context.http().get("/healthz").status() == 200
                        && (pid == null
                                || ProcessHandle.of(pid)
                                        .map(ProcessHandle::isAlive)
                                        .orElse(false)));
    }

    static boolean allTried(List<Finding> findings) {
        return findings.stream().noneMatch(finding -> finding.observation().result() == Result.NOT_TRIED);
    }

    static boolean allHeld(List<Finding> findings) {
        return findings.stream().noneMatch(finding -> finding.observation().result() == Result.BROKEN);
    }
}
