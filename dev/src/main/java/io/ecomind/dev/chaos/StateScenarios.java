package io.ecomind.dev.chaos;

import io.ecomind.cli.repair.Repair;
import io.ecomind.dev.chaos.FlinkProcesses.Job;
import io.ecomind.jobs.enrichment.MissingRecordEnricher;
import io.ecomind.jobs.rebuild.Rebuild;
import io.ecomind.jobs.runtime.JobEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;

/** State is restored from older copies, lost or redistributed: savepoints, backups, transactions. Stateless. */
final class StateScenarios {
    private static final String MISSING =
            "SELECT count(*) FROM reconciliation_missing WHERE org_id = ? AND resolved_at IS NULL";

    private StateScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of(
                        "transaction-timeout",
                        "the jobs are down for longer than the transaction timeout; the repair appends what was lost",
                        StateScenarios::outliveTransactions),
                Scenario.of(
                        "transaction-lost",
                        "a Kafka transaction is aborted on purpose; the reconciliation finds the loss and the repair appends it",
                        StateScenarios::loseTransaction),
                Scenario.of("savepoint-twice", "one savepoint is restored twice", StateScenarios::restoreTwice),
                Scenario.of(
                        "rescale",
                        "both jobs are restored from savepoints with 4, 1 and 3 tasks under load",
                        StateScenarios::rescale),
                Scenario.of(
                        "outage-beyond-horizon",
                        "the jobs are down for longer than the horizon, then every event is sent again",
                        StateScenarios::stayAwayAndReplay),
                Scenario.of(
                        "postgres-backup",
                        "PostgreSQL is restored from a backup that is older than the records in Kafka",
                        StateScenarios::restoreBackup),
                Scenario.of(
                                "rewind",
                                "the enrichment is restored from a savepoint taken before a million committed records",
                                StateScenarios::rewind)
                        .inShortPass());
    }

    private static void rewind(ChaosStage stage) {
        stage.send(500);
        stage.settle();
        String savepoint = stage.flink().savepoint(Job.ENRICHMENT);
        int events = stage.choose(1_000_000, 20_000);
        SenderScenarios.Bulk.send(stage, stage.ledger(), events);
        stage.settle();
        stage.flink().cancel(Job.ENRICHMENT);
        stage.flink().submit(Job.ENRICHMENT, savepoint, false, 2);
        stage.flink().awaitRunning(Job.ENRICHMENT);
        stage.fault("restored the enrichment from a savepoint taken before " + events + " committed records");
        stage.expectRepeatsInLedger();
        proveRepeats(stage);
    }

    private static void outliveTransactions(ChaosStage stage) {
        FlinkProcesses flink = stage.flink();
        Duration timeout = Duration.ofSeconds(30);
        flink.transactionTimeout(timeout);
        flink.submit(Job.ENRICHMENT, flink.stop(Job.ENRICHMENT), false, 2);
        flink.awaitRunning(Job.ENRICHMENT);
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            Waiting.pause(Duration.ofMillis(3_000 + stage.random().nextInt(2_000)));
            flink.holdNextCheckpoint(Job.ENRICHMENT);
            killFlink(stage);
            load.stop();
        }
        Waiting.until("the broker has aborted the transactions", Duration.ofMinutes(2), () -> stage.uncommitted() == 0);
        stage.fault("kept the jobs down for longer than the transaction timeout of " + timeout.toSeconds() + " s");
        flink.transactionTimeout(ChaosCluster.TRANSACTION_TIMEOUT);
        flink.recover();
        findAndRepair(stage);
    }

    private static void loseTransaction(ChaosStage stage) throws Exception {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            Waiting.pause(Duration.ofMillis(3_000 + stage.random().nextInt(2_000)));
            stage.flink().holdNextCheckpoint(Job.ENRICHMENT);
            killFlink(stage);
            load.stop();
        }
        try (Admin admin = stage.cluster().kafka().admin(Map.of())) {
            List<String> open = admin.listTransactions().all().get().stream()
                    .filter(transaction -> transaction.state() == TransactionState.ONGOING)
                    .map(TransactionListing::transactionalId)
                    .toList();
            admin.fenceProducers(open).all().get();
            stage.fault("aborted " + open.size() + " transactions that a complete checkpoint relies on");
        }
        stage.flink().recover();
        findAndRepair(stage);
    }

    private static void killFlink(ChaosStage stage) {
        stage.flink().taskManagers().forEach(ChildProcess::kill);
        stage.flink().jobManager().kill();
        stage.fault("killed job manager and task managers after a checkpoint had completed, with " + stage.uncommitted()
                + " records not committed");
    }

    /** The checker must report exactly the events that the reconciliation finds, and none after the repair. */
    private static void findAndRepair(ChaosStage stage) {
        stage.settle();
        Verdict verdict = stage.check();
        stage.require(verdict.lost() > 0, "no event was lost, so nothing was shown");
        String org = stage.ledger().organisation().id();
        Waiting.until(
                "the reconciliation has found " + verdict.lost() + " missing events",
                Duration.ofMinutes(2),
                () -> stage.question(MISSING, org) == verdict.lost());
        Repair.RepairResult outcome = Repair.run(stage.cluster().endpoints(), line -> {});
        long appended = outcome.count(MissingRecordEnricher.RepairDisposition.COUNTED);
        stage.require(
                appended == verdict.lost(), verdict.lost() + " events were lost and " + appended + " were appended");
        Waiting.until(
                "the reconciliation finds no missing events",
                Duration.ofMinutes(2),
                () -> stage.question(MISSING, org) == 0);
        stage.proof(verdict.lost() + " events were lost, found by the reconciliation, and appended by the repair");
    }

    private static void restoreTwice(ChaosStage stage) {
        stage.send(500);
        stage.settle();
        String savepoint = stage.flink().savepoint(Job.ENRICHMENT);
        stage.expectRepeatsInLedger();
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            for (int time = 1; time <= 2; time++) {
                Waiting.pause(stage.choose(Duration.ofSeconds(10), Duration.ofSeconds(5)));
                stage.flink().cancel(Job.ENRICHMENT);
                stage.flink().submit(Job.ENRICHMENT, savepoint, false, 2);
                stage.flink().awaitRunning(Job.ENRICHMENT);
                stage.fault("restored the savepoint (" + time + " of 2)");
            }
            load.stop();
        }
        proveRepeats(stage);
    }

    private static void proveRepeats(ChaosStage stage) {
        stage.settle();
        Verdict verdict = stage.check();
        if (verdict.repeatsInLedger() > 0) {
            stage.proof(
                    verdict.repeatsInLedger() + " records were written to the ledger again and counted in no table");
        }
    }

    private static void rescale(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            for (int parallelism : new int[] {4, 1, 3, 2}) {
                Waiting.pause(Duration.ofMillis(3_000 + stage.random().nextInt(2_000)));
                for (Job job : Job.values()) {
                    String savepoint = stage.flink().stop(job);
                    stage.flink().submit(job, savepoint, false, parallelism);
                    stage.flink().awaitRunning(job);
                    int tasks = stage.flink().parallelism(job);
                    stage.require(tasks == parallelism, job.title() + " runs with " + tasks + " tasks");
                    stage.fault("restored " + job.title() + " with " + parallelism + " tasks");
                }
            }
            load.stop();
        }
        stage.proof("both jobs ran with 4, 1, 3 and 2 tasks");
    }

    private static void stayAwayAndReplay(ChaosStage stage) {
        stage.send(stage.choose(20_000, 2_000));
        stage.settle();
        int before = stage.ledger().size();
        stage.flink().taskManagers().forEach(ChildProcess::kill);
        stage.flink().jobManager().kill();
        stage.fault("killed job manager and task managers");
        // After ts + horizon + 15 min the enrichment has cleared its state of all events sent so far.
        stage.clock().jump(ChaosCluster.HORIZON.plus(Duration.ofMinutes(20)));
        resend(stage, before);
        stage.flink().recover();
        // Again, now that timers have cleared the state of the events that were sent first.
        stage.settle();
        resend(stage, before);
        stage.send(1_000);
        stage.settle();
        stage.expectRepeatsInLedger();
        Verdict verdict = stage.check();
        stage.require(verdict.repeatsInLedger() > 0, "the enrichment still remembered all that was sent again");
        stage.proof("sent " + before + " events twice more, over "
                + ChaosCluster.HORIZON.plusMinutes(20).toMinutes() + " min after the first time; "
                + verdict.repeatsInLedger() + " of the repeats passed the enrichment");
    }

    private static void resend(ChaosStage stage, int events) {
        for (int from = 0; from < events; from += 500) {
            stage.sender()
                    .send(
                            stage.ledger(),
                            IntStream.range(from, Math.min(events, from + 500))
                                    .boxed()
                                    .toList());
        }
        stage.fault("sent " + events + " events again");
    }

    private static void restoreBackup(ChaosStage stage) throws Exception {
        stage.send(stage.choose(5_000, 1_000));
        stage.settle();
        stage.cluster().postgres().stop();
        stage.cluster().postgres().backUp(stage.directory().resolve("backup"));
        stage.cluster().postgres().restart();
        stage.send(stage.choose(20_000, 2_000));
        stage.settle();
        stage.cluster().postgres().stop();
        stage.cluster().postgres().restore(stage.directory().resolve("backup"));
        stage.cluster().postgres().restart();
        stage.fault("restored PostgreSQL from its backup");
        stage.cluster().awaitGateway();
        stage.send(1_000);
        Verdict older = stage.check();
        stage.require(older.lost() > 0, "the backup held all events that Kafka holds");
        new Rebuild(stage.cluster().jobConfig(), () -> JobEnvironment.localBounded(1)).run((phase, done, total) -> {});
        stage.proof(older.lost() + " events were missing and were rebuilt from Kafka");
    }
}
