package io.ecomind.dev.check.fuzz;

import io.ecomind.dev.check.fuzz.FuzzTarget.FuzzCounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;

/** Sends the corpus, then inputs made from it until the time is over, and makes those that fail smaller. Thread-safe. */
final class FuzzRun {
    private static final int MAX_FINDINGS = 20;
    private static final int MAX_SHRINKS = 200;
    /** Each of them is kept with 16 KiB of payload. */
    private static final int RECORDS_ONE_IN = 20;

    private final List<FuzzInput> corpus;
    private final long seed;
    private final int threads;
    private final List<FuzzFinding> findings = Collections.synchronizedList(new ArrayList<>());

    FuzzRun(List<FuzzInput> corpus, long seed, int threads) {
        this.corpus = corpus;
        this.seed = seed;
        this.threads = threads;
    }

    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /** An input that was not answered as it should be, made as small as it could be. */
    record FuzzFinding(FuzzInput input, String problem) {}

    /** @param target makes one for each thread */
    List<FuzzFinding> run(Duration duration, LongFunction<FuzzTarget> target) throws InterruptedException {
        long deadline = System.nanoTime() + duration.toNanos();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                long number = i;
                workers.add(pool.submit(() -> {
                    try (FuzzTarget own = target.apply(number)) {
                        work(own, new Random(seed + number * 1_000_003), number == 0, deadline);
                    }
                    return null;
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            pool.shutdownNow();
        }
        return List.copyOf(findings);
    }

    private void work(FuzzTarget target, Random random, boolean sendCorpus, long deadline) throws InterruptedException {
        if (sendCorpus) {
            for (FuzzInput input : corpus) {
                judge(target, input);
            }
        }
        var mutator = new FuzzMutator(random);
        while (System.nanoTime() < deadline && findings.size() < MAX_FINDINGS) {
            FuzzInput input = corpus.get(random.nextInt(corpus.size()));
            FuzzInput other = corpus.get(random.nextInt(corpus.size()));
            if (input.channel() != FuzzChannel.KAFKA || random.nextInt(RECORDS_ONE_IN) == 0) {
                judge(target, mutator.mutate(input, other));
            }
        }
    }

    private void judge(FuzzTarget target, FuzzInput input) throws InterruptedException {
        String problem = target.problem(input);
        // One input of each kind is enough to mend it, and making it smaller takes time.
        if (problem != null && known.add(input.channel() + problem)) {
            findings.add(new FuzzFinding(shrink(target, input, problem), problem));
        }
    }

    /** Leaves out parts of an input as long as what remains still fails. */
    private static FuzzInput shrink(FuzzTarget target, FuzzInput failing, String problem) throws InterruptedException {
        byte[] bytes = failing.bytes();
        int sends = 0;
        for (int part = bytes.length / 2; part > 0 && sends < MAX_SHRINKS; part /= 2) {
            for (int from = 0; from + part <= bytes.length && sends < MAX_SHRINKS; ) {
                byte[] smaller = new byte[bytes.length - part];
                System.arraycopy(bytes, 0, smaller, 0, from);
                System.arraycopy(bytes, from + part, smaller, from, bytes.length - from - part);
                sends++;
                if (problem.equals(target.problem(new FuzzInput(failing.channel(), smaller)))) {
                    bytes = smaller;
                } else {
                    from += part;
                }
            }
        }
        return new FuzzInput(failing.channel(), Arrays.copyOf(bytes, bytes.length));
    }

    static String line(FuzzCounts counts, double seconds) {
        return String.format(
                java.util.Locale.ROOT,
                "%,d inputs in %.0f s: %,d events accepted, %,d requests refused, %,d records written to events.raw",
                counts.sent.get(),
                seconds,
                counts.accepted(),
                counts.refused.get(),
                counts.records.get());
    }
}
