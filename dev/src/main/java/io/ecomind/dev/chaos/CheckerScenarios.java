package io.ecomind.dev.chaos;

import io.ecomind.dev.chaos.FlinkProcesses.Job;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Tests of the checker: on a set-up from which one safeguard was removed it must find double events. Stateless. */
final class CheckerScenarios {
    private CheckerScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of(
                                "checker-without-dedupe",
                                "without deduplication the checker must find double events",
                                CheckerScenarios::repeat)
                        .on(new Scenario.Needs(1, Sabotage.NO_DEDUPE))
                        .inShortPass(),
                Scenario.of(
                                "checker-without-unique-key",
                                "without the unique key the checker must find double events",
                                CheckerScenarios::rewind)
                        .on(new Scenario.Needs(1, Sabotage.NO_UNIQUE_KEY))
                        .inShortPass(),
                Scenario.of(
                                "checker-without-transaction",
                                "without transactions the checker must find double events",
                                CheckerScenarios::killTaskManagers)
                        .on(new Scenario.Needs(1, Sabotage.NO_TRANSACTION))
                        .inShortPass());
    }

    private static void repeat(ChaosStage stage) {
        stage.send(500);
        List<Integer> all = IntStream.range(0, 500).boxed().toList();
        stage.sender().send(stage.ledger(), all);
        stage.fault("sent 500 events twice");
        stage.proof("the enrichment treats each record as a different event");
    }

    private static void rewind(ChaosStage stage) {
        String savepoint = stage.flink().savepoint(Job.ENRICHMENT);
        stage.send(500);
        stage.settle();
        stage.flink().cancel(Job.ENRICHMENT);
        stage.flink().submit(Job.ENRICHMENT, savepoint, false, 2);
        stage.flink().awaitRunning(Job.ENRICHMENT);
        stage.expectRepeatsInLedger();
        stage.fault("restored the enrichment from a savepoint taken before 500 committed records");
        stage.proof("the event table has no unique key");
    }

    private static void killTaskManagers(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            stage.flink().awaitCheckpoints(Job.ENRICHMENT, 2);
            Waiting.pause(Duration.ofSeconds(1));
            List<ChildProcess> all = stage.flink().taskManagers();
            all.forEach(ChildProcess::kill);
            stage.fault("killed both task managers");
            all.forEach(ChildProcess::start);
            stage.flink().awaitRunning();
            load.stop();
        }
        stage.proof("the enrichment writes without transactions");
    }
}
