package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.service.http.ReadinessCheck;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Whether each part of a stack is ready. Thread-safe. */
final class StackReadiness {
    private static final Duration READY_WITHIN = Duration.ofSeconds(90);

    private final Map<String, ReadinessCheck> checks = Collections.synchronizedMap(new LinkedHashMap<>());

    void add(String part, ReadinessCheck check) {
        checks.put(part, check);
    }

    /** The checks of one process, named after it. */
    void addAll(String process, Map<String, ReadinessCheck> ofProcess) {
        ofProcess.forEach((name, check) -> add(process + " " + name, check));
    }

    /** All checks, in the order in which they were added. */
    Map<String, ReadinessCheck> checks() {
        synchronized (checks) {
            return new LinkedHashMap<>(checks);
        }
    }

    /** What is wrong with each part that is not ready; empty when all is well. */
    Map<String, String> problems() {
        Map<String, String> problems = new LinkedHashMap<>();
        checks().forEach((part, check) -> {
            try {
                String problem = check.problem();
                if (problem != null) {
                    problems.put(part, problem);
                }
            } catch (Exception e) {
                problems.put(part, e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        });
        return problems;
    }

    /**
     * Returns when all is well.
     *
     * @param stop asked again and again; throws when the stack is being stopped
     * @throws CommandException when a part does not get ready in time
     */
    void await(Runnable stop) {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (true) {
            Map<String, String> problems = problems();
            if (problems.isEmpty()) {
                return;
            }
            stop.run();
            if (System.nanoTime() > deadline) {
                throw new CommandException("not ready after " + READY_WITHIN.toSeconds() + " s: " + problems);
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }
}
