package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.dev.chaos.Scenario.ScenarioSending;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** Senders repeat requests, lose connections, share ids or keys, or send most of the traffic. Stateless. */
final class SenderScenarios {
    private static final Duration VISIBLE_WITHIN = Duration.ofSeconds(60);
    private static final Duration GROWS_WITHIN = Duration.ofMinutes(3);

    private SenderScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of(
                                "repeated-sends",
                                "every request is sent 1 to 5 times by 8 clients",
                                SenderScenarios::repeatSends)
                        .inShortPass(),
                Scenario.of(
                                "cut-connections",
                                "connections are cut after the body is sent, and clients retry",
                                SenderScenarios::cutConnections)
                        .inShortPass(),
                Scenario.of("equal-ids", "two organisations use equal ids", SenderScenarios::useEqualIds)
                        .with(
                                ScenarioSending.of("a", "Europe/Amsterdam", 4),
                                ScenarioSending.of("b", "America/New_York", 4)),
                Scenario.of(
                        "one-key-twice",
                        "one daily key is changed many times by one batch",
                        SenderScenarios::changeOneKeyTwice),
                Scenario.of(
                                "hot-organisation",
                                "one organisation sends 90 % of the traffic: the others wait at most twice as long",
                                SenderScenarios::compareLatencies)
                        .with(
                                ScenarioSending.of("small-1", "Europe/Amsterdam", 1),
                                ScenarioSending.of("small-2", "Asia/Kolkata", 1),
                                ScenarioSending.of("small-3", "America/New_York", 1),
                                ScenarioSending.of("hot", "Europe/Amsterdam", 16)),
                Scenario.of(
                        "polled-totals",
                        "totals that are read every 10 ms through restarts never decrease",
                        SenderScenarios::pollTotals),
                Scenario.of(
                                "smallest-amounts",
                                "a million events of the smallest amount",
                                SenderScenarios::sendSmallestAmounts)
                        .withSmallestEvents());
    }

    private static void repeatSends(ChaosStage stage) {
        try (Load load = stage.load(new Load.Shape(8, 1_000, 20, 4))) {
            Waiting.pause(stage.choose(Duration.ofSeconds(30), Duration.ofSeconds(8)));
            load.stop();
        }
        long repeats = stage.sender().accepted() * 20 - stage.ledger().size();
        stage.fault("sent " + repeats + " events that had been accepted before");
        stage.settle();
        Verdict verdict = stage.check();
        if (repeats > 0 && verdict.repeatsInLedger() == 0) {
            stage.proof(verdict.accepted() + " different events among "
                    + stage.sender().accepted() * 20 + " sent");
        }
    }

    private static void cutConnections(ChaosStage stage) {
        TcpProxy proxy = stage.cluster().gatewayProxy();
        long before = proxy.cuts();
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            int rounds = stage.choose(30, 10);
            for (int round = 0; round < rounds; round++) {
                Waiting.pause(Duration.ofMillis(100 + stage.random().nextInt(500)));
                proxy.cutNextAnswers(1 + stage.random().nextInt(4));
            }
            stage.fault("cut answers of the gateway " + rounds + " times");
            load.stop();
        }
        proxy.cutNextAnswers(0);
        if (proxy.cuts() > before && stage.sender().broken() > 0) {
            stage.proof(stage.sender().broken() + " requests lost their answers and were sent again");
        }
    }

    private static void useEqualIds(ChaosStage stage) {
        stage.send(stage.choose(5_000, 1_000));
        stage.fault("sent ids event-0 to event-" + (stage.ledger().size() - 1) + " for both organisations");
        stage.settle();
        long shared = stage.question(
                "SELECT count(*) FROM events_enriched a JOIN events_enriched b USING (source, id)"
                        + " WHERE a.org_id = ? AND b.org_id = ?",
                stage.ledgers().get(0).organisation().id(),
                stage.ledgers().get(1).organisation().id());
        if (shared == stage.ledger().size()) {
            stage.proof(shared + " ids are in the table for both organisations");
        }
    }

    private static void changeOneKeyTwice(ChaosStage stage) {
        int rounds = stage.choose(50, 10);
        for (int round = 0; round < rounds; round++) {
            stage.send(100);
        }
        stage.fault("sent 100 events of 20 people at once, " + rounds + " times");
        stage.settle();
        long together = stage.question(
                "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM events_enriched WHERE org_id = ?"
                        + " GROUP BY xmin::text, local_date, user_id, provider, model, region) AS batches",
                stage.ledger().organisation().id());
        if (together > 1) {
            stage.proof("up to " + together + " events of one daily key were written by one transaction");
        }
    }

    private static void sendSmallestAmounts(ChaosStage stage) {
        int events = stage.choose(1_000_000, 20_000);
        stage.fault("sending " + events + " embeddings of a single token");
        Bulk.send(stage, stage.ledger(), events);
        stage.settle();
        long nanos = stage.question(
                "SELECT (sum(kwh) * 1000000000000)::bigint FROM daily_org_agg WHERE org_id = ?",
                stage.ledger().organisation().id());
        long one = stage.question(
                "SELECT (max(kwh) * 1000000000000)::bigint FROM events_enriched WHERE org_id = ?",
                stage.ledger().organisation().id());
        stage.require(nanos == one * events, nanos + " nWh in the table, " + events + " times " + one + " sent");
        if (one > 0) {
            stage.proof(events + " times " + one + " nWh are exactly " + nanos + " nWh");
        }
    }

    private static void compareLatencies(ChaosStage stage) {
        List<SentLedger> small = stage.ledgers().stream()
                .filter(ledger -> !ledger.organisation().id().endsWith("hot"))
                .toList();
        SentLedger hot = stage.ledgers().stream()
                .filter(ledger -> ledger.organisation().id().endsWith("hot"))
                .findFirst()
                .orElseThrow();
        int probes = stage.choose(40, 15);
        double alone = medianLatency(stage, small, probes);
        double beside;
        var sender = new Sender(stage.cluster().gatewayUrl());
        try (Load load = Load.start(
                        sender,
                        stage.clock(),
                        small,
                        new Load.Shape(1, 200, 10, 0),
                        stage.random().nextLong());
                Load big = Load.start(
                        sender,
                        stage.clock(),
                        List.of(hot),
                        new Load.Shape(4, 1_800, 50, 0),
                        stage.random().nextLong())) {
            Waiting.pause(Duration.ofSeconds(5));
            long others = small.stream().mapToLong(SentLedger::size).sum();
            long its = hot.size();
            beside = medianLatency(stage, small, probes);
            others = small.stream().mapToLong(SentLedger::size).sum() - others;
            its = hot.size() - its;
            double share = (double) its / (its + others);
            stage.fault(String.format(Locale.ROOT, "one organisation sent %.0f %% of the events", 100 * share));
            stage.require(
                    share >= 0.88, "the large organisation sent only " + its + " of " + (its + others) + " events");
            load.stop();
            big.stop();
        }
        String figures = String.format(
                Locale.ROOT,
                "%.0f ms alone, %.0f ms beside the large organisation (%.2f times)",
                alone,
                beside,
                beside / alone);
        stage.require(beside <= 2 * alone, "the others wait too long for their totals: " + figures);
        stage.proof("from 202 to the total, median of " + probes + ": " + figures);
    }

    /** From the gateway's answer until the event has its row, which is committed together with the totals. */
    private static double medianLatency(ChaosStage stage, List<SentLedger> ledgers, int probes) {
        double[] millis = new double[probes];
        for (int probe = 0; probe < probes; probe++) {
            SentLedger ledger = ledgers.get(probe % ledgers.size());
            Instant now = stage.clock().instant();
            int number = ledger.create(now);
            stage.sender().send(ledger, List.of(number));
            long begin = System.nanoTime();
            Waiting.until(
                    "an event has its row",
                    VISIBLE_WITHIN,
                    () -> stage.question(
                                    "SELECT count(*) FROM events_enriched WHERE org_id = ? AND id = ?"
                                            + " AND ts > ?::timestamptz - INTERVAL '1 hour'",
                                    ledger.organisation().id(),
                                    ledger.event(number).id(),
                                    now.toString())
                            == 1);
            millis[probe] = (System.nanoTime() - begin) / 1e6;
        }
        Arrays.sort(millis);
        return millis[probes / 2];
    }

    private static void pollTotals(ChaosStage stage) {
        var poller = new TotalsPoller(
                stage.cluster().database("pipeline"),
                stage.ledger().organisation().id());
        try (poller;
                Load load = stage.load(Load.Shape.NORMAL)) {
            poller.start();
            for (int kill = 0; kill < stage.choose(3, 1); kill++) {
                awaitGrowth(poller);
                Waiting.pause(Duration.ofMillis(stage.random().nextInt(2_000)));
                List<ChildProcess> all = new ArrayList<>(stage.flink().taskManagers());
                all.forEach(ChildProcess::kill);
                stage.fault("killed both task managers");
                all.forEach(ChildProcess::start);
                stage.flink().awaitRunning();
            }
            awaitGrowth(poller);
            load.stop();
            stage.settle();
        }
        stage.require(poller.backwards().isEmpty(), "a total decreased: " + poller.backwards());
        stage.proof(poller.reads() + " reads saw " + poller.changes() + " increasing totals and no decreasing one");
    }

    /**
     * Waits until totals increase, so that each kill hits a job that is writing. All task managers are killed, so an
     * increase afterwards comes from a restarted job.
     */
    private static void awaitGrowth(TotalsPoller poller) {
        long enough = poller.changes() + 6;
        Waiting.until("totals increase", GROWS_WITHIN, () -> poller.changes() >= enough);
    }

    /** Sends many events with several clients. Stateless. */
    static final class Bulk {
        private static final int CLIENTS = 4;
        private static final int BATCH = 1_000;

        private Bulk() {}

        /** Sends this many new events with the current time, a thousand a request. */
        static void send(ChaosStage stage, SentLedger ledger, int events) {
            Instant now = stage.clock().instant();
            List<Integer> numbers = IntStream.range(0, events)
                    .map(i -> ledger.create(now.minusMillis(i % 1_000)))
                    .boxed()
                    .toList();
            List<Thread> threads = new ArrayList<>();
            var failures = new ConcurrentLinkedQueue<RuntimeException>();
            for (int client = 0; client < CLIENTS; client++) {
                int first = client * BATCH;
                var thread = new Thread(
                        () -> {
                            try {
                                for (int from = first; from < events; from += CLIENTS * BATCH) {
                                    stage.sender().send(ledger, numbers.subList(from, Math.min(events, from + BATCH)));
                                }
                            } catch (RuntimeException e) {
                                failures.add(e);
                            }
                        },
                        "bulk");
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new CommandException("interrupted while sending", e);
                }
            }
            if (!failures.isEmpty()) {
                throw failures.peek();
            }
        }
    }
}
