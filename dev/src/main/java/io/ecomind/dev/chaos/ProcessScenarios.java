package io.ecomind.dev.chaos;

import io.ecomind.contracts.Topic;
import io.ecomind.dev.chaos.FlinkProcesses.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;

/** Processes are killed, paused and cut off while events flow. Stateless. */
final class ProcessScenarios {
    private static final String ACTIVE_BATCHES = """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = 'ecomind-projection' AND xact_start IS NOT NULL""";

    private ProcessScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of(
                                "task-manager-kill",
                                "repeated kill -9 of a task manager under load",
                                ProcessScenarios::killTaskManagers)
                        .inShortPass(),
                Scenario.of(
                                "job-manager-kill",
                                "kill -9 of the job manager between a complete checkpoint and its notification",
                                ProcessScenarios::killJobManager)
                        .inShortPass(),
                Scenario.of(
                                "gateway-kill",
                                "kill -9 of the gateway under load: every 202 is in Kafka",
                                ProcessScenarios::killGateway)
                        .inShortPass(),
                Scenario.of(
                                "postgres-kill",
                                "kill -9 of PostgreSQL in the middle of a batch",
                                ProcessScenarios::killPostgres)
                        .inShortPass(),
                Scenario.of(
                        "broker-down",
                        "the broker is down for a minute: requests get 503, never 202, and every event arrives afterwards",
                        ProcessScenarios::broker),
                Scenario.of(
                        "task-manager-paused",
                        "a task manager is paused until its heartbeat times out, then resumed",
                        ProcessScenarios::pauseTaskManager),
                Scenario.of(
                        "postgres-cut-off",
                        "connections of the jobs to PostgreSQL are cut repeatedly",
                        ProcessScenarios::cutOffPostgres),
                Scenario.of(
                        "checkpoint-declined",
                        "checkpoints are declined by another operator",
                        ProcessScenarios::declineCheckpoints),
                Scenario.of(
                                "broker-of-three",
                                "one broker of three is lost under load",
                                ProcessScenarios::loseOneOfThree)
                        .on(new Scenario.Needs(3, Sabotage.NONE)));
    }

    private static void killTaskManagers(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            int kills = stage.choose(3, 2);
            for (int kill = 0; kill < kills; kill++) {
                Waiting.pause(stage.choose(Duration.ofSeconds(16), Duration.ofSeconds(5))
                        .plusMillis(stage.random().nextInt(4_000)));
                List<ChildProcess> busy = stage.flink().busyTaskManagers();
                ChildProcess victim = busy.get(stage.random().nextInt(busy.size()));
                Instant before = Instant.now();
                victim.kill();
                stage.fault("killed " + victim.name());
                awaitRestart(stage, before);
                victim.start();
                stage.flink().awaitRunning();
            }
            stage.proof("a job was restarted after each of " + kills + " kills");
            load.stop();
        }
    }

    private static void awaitRestart(ChaosStage stage, Instant since) {
        Waiting.until(
                "a job notices that its task manager is gone",
                Duration.ofSeconds(90),
                () -> Arrays.stream(Job.values()).anyMatch(job -> stage.flink().restartedSince(job, since)));
    }

    private static void killJobManager(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            int kills = stage.choose(3, 1);
            for (int kill = 0; kill < kills; kill++) {
                Waiting.pause(Duration.ofMillis(2_000 + stage.random().nextInt(2_000)));
                stage.flink().holdNextCheckpoint(Job.ENRICHMENT);
                long open = stage.uncommitted();
                stage.flink().jobManager().kill();
                stage.fault("killed the job manager after a checkpoint was complete and before its notification");
                if (open > 0) {
                    stage.proof(open + " records of the checkpoint were written and not committed");
                }
                stage.flink().recover();
            }
            load.stop();
        }
    }

    private static void killGateway(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            int kills = stage.choose(5, 2);
            for (int kill = 0; kill < kills; kill++) {
                Waiting.pause(Duration.ofMillis(1_500 + stage.random().nextInt(3_000)));
                stage.cluster().gateway().kill();
                stage.fault("killed the gateway");
                stage.cluster().startGateway();
            }
            load.stop();
            if (stage.sender().broken() > 0) {
                stage.proof(stage.sender().broken() + " requests got no answer and were sent again");
            }
        }
    }

    private static void killPostgres(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            int kills = stage.choose(3, 1);
            for (int kill = 0; kill < kills; kill++) {
                Waiting.pause(Duration.ofMillis(2_000 + stage.random().nextInt(3_000)));
                Waiting.until(
                        "a batch is in its transaction",
                        Duration.ofSeconds(30),
                        () -> stage.question(ACTIVE_BATCHES) > 0);
                stage.cluster().postgres().kill();
                stage.fault("killed PostgreSQL");
                stage.proof("a batch was in its transaction");
                Waiting.pause(Duration.ofMillis(500 + stage.random().nextInt(3_000)));
                stage.cluster().postgres().restart();
            }
            load.stop();
        }
    }

    private static void broker(ChaosStage stage) {
        ChildProcess broker = stage.cluster().brokers().get(0);
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            Waiting.pause(Duration.ofMillis(3_000 + stage.random().nextInt(2_000)));
            broker.kill();
            stage.fault("killed the broker");
            // Answers to requests in flight may still arrive.
            Waiting.pause(Duration.ofSeconds(1));
            long accepted = stage.sender().accepted();
            Waiting.pause(stage.choose(Duration.ofSeconds(59), Duration.ofSeconds(10)));
            long while503 = stage.sender().accepted() - accepted;
            stage.require(while503 == 0, while503 + " requests were accepted while the broker was down");
            broker.start();
            stage.cluster().awaitGateway();
            load.stop();
            stage.flink().awaitRunning();
            if (stage.sender().unavailable() > 0) {
                stage.proof(stage.sender().unavailable() + " requests were answered with 503, none with 202");
            }
        }
    }

    private static void pauseTaskManager(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            Instant before = Instant.now();
            Waiting.pause(Duration.ofMillis(2_000 + stage.random().nextInt(2_000)));
            List<ChildProcess> busy = stage.flink().busyTaskManagers();
            ChildProcess victim = busy.get(stage.random().nextInt(busy.size()));
            victim.pause();
            stage.fault("paused " + victim.name());
            awaitRestart(stage, before);
            stage.proof("the jobs were restarted without it");
            Waiting.pause(Duration.ofSeconds(3));
            victim.resume();
            Waiting.pause(Duration.ofSeconds(3));
            load.stop();
            stage.flink().awaitRunning();
        }
    }

    private static void cutOffPostgres(ChaosStage stage) {
        TcpProxy proxy = stage.cluster().databaseProxy();
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            long before = proxy.cuts();
            int times = stage.choose(5, 2);
            for (int time = 0; time < times; time++) {
                Waiting.pause(Duration.ofMillis(1_000 + stage.random().nextInt(2_000)));
                proxy.cutOff();
                stage.fault("cut the jobs off from PostgreSQL");
                Waiting.pause(Duration.ofMillis(200 + stage.random().nextInt(3_000)));
                proxy.restore();
            }
            if (proxy.cuts() > before) {
                stage.proof(proxy.cuts() - before + " connections were cut");
            }
            load.stop();
            stage.flink().awaitRunning();
        }
    }

    private static void declineCheckpoints(ChaosStage stage) {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            int times = stage.choose(3, 1);
            for (int time = 0; time < times; time++) {
                Instant before = Instant.now();
                stage.flink().declineCheckpoints(true);
                stage.fault("an operator declines checkpoints");
                Waiting.until(
                        "a checkpoint is declined",
                        Duration.ofSeconds(60),
                        () -> stage.flink().restartedSince(Job.ENRICHMENT, before));
                stage.flink().declineCheckpoints(false);
                stage.flink().awaitRunning(Job.ENRICHMENT);
                Waiting.pause(Duration.ofMillis(stage.random().nextInt(3_000)));
            }
            stage.proof("the enrichment fell back to an earlier checkpoint each of " + times + " times");
            load.stop();
        }
    }

    private static void loseOneOfThree(ChaosStage stage) throws Exception {
        try (Load load = stage.load(Load.Shape.NORMAL)) {
            Waiting.pause(Duration.ofSeconds(5));
            int victim = stage.random().nextInt(3);
            long led = leads(stage, victim + 1);
            stage.cluster().brokers().get(victim).kill();
            stage.fault("killed broker " + (victim + 1));
            Waiting.pause(stage.choose(Duration.ofSeconds(25), Duration.ofSeconds(10)));
            stage.require(leads(stage, victim + 1) == 0, "the lost broker still leads partitions");
            if (led > 0) {
                stage.proof("it led " + led + " partitions, the others took over");
            }
            stage.cluster().brokers().get(victim).start();
            Waiting.pause(Duration.ofSeconds(5));
            load.stop();
            stage.flink().awaitRunning();
        }
    }

    private static long leads(ChaosStage stage, int broker) throws Exception {
        try (Admin admin = stage.cluster().kafka().admin(Map.of())) {
            List<String> topics = IntStream.range(0, Topic.values().length)
                    .mapToObj(i -> Topic.values()[i].topicName())
                    .toList();
            return admin.describeTopics(topics).allTopicNames().get().values().stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .filter(partition ->
                            partition.leader() != null && partition.leader().id() == broker)
                    .count();
        }
    }
}
