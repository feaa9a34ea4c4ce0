package io.ecomind.dev.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.dev.stack.EmbeddedFlink;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * A Flink cluster of a job manager and task managers, each a process of its own, and both streaming jobs on it.
 * Thread-safe.
 *
 * <p>There is no high-availability service: after the job manager's death {@link #recover} submits the jobs again from
 * their newest complete checkpoint, as the Kubernetes operator does with upgrade mode last-state.
 */
final class FlinkProcesses implements AutoCloseable {
    private static final int TASK_MANAGERS = 2;
    private static final int SLOTS = 4;
    private static final int PARALLELISM = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String RESOURCE_PREFIX = "tm-";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Both streaming jobs. */
    enum Job {
        ENRICHMENT(EnrichmentJob.NAME),
        DAILY(DailyAggregationJob.NAME);

        private final String title;

        Job(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private final Path directory;
    private volatile @Nullable JobConfig config;
    private final Sabotage sabotage;
    private final int restPort;
    private final ChildProcess jobManager;
    private final List<ChildProcess> taskManagers = new ArrayList<>();
    private final Map<Job, JobID> jobs = new EnumMap<>(Job.class);
    private final HttpClient http = HttpClient.newHttpClient();

    private FlinkProcesses(Path directory, Path logs, Sabotage sabotage) {
        this.directory = directory;
        this.sabotage = sabotage;
        int[] ports = FreePorts.find(2);
        this.restPort = ports[1];
        Path settings = directory.resolve("conf");
        write(settings, ports[0]);
        Map<String, String> hold = Map.of(HoldingCheckpointStorage.DIRECTORY_PROPERTY, directory.toString());
        this.jobManager = ChildProcess.java(
                "jobmanager",
                logs,
                "384m",
                hold,
                Map.of(),
                StandaloneSessionClusterEntrypoint.class,
                List.of("--configDir", settings.toString()));
        for (int i = 1; i <= TASK_MANAGERS; i++) {
            taskManagers.add(ChildProcess.java(
                    "taskmanager-" + i,
                    logs,
                    "640m",
                    Map.of(),
                    Map.of(),
                    TaskManagerRunner.class,
                    List.of("--configDir", settings.toString(), "-Dtaskmanager.resource-id=" + RESOURCE_PREFIX + i)));
        }
    }

    /** Starts the processes, does not wait for them. */
    static FlinkProcesses start(Path directory, Path logs, Sabotage sabotage) {
        var flink = new FlinkProcesses(directory, logs, sabotage);
        try {
            flink.jobManager.start();
            flink.taskManagers.forEach(ChildProcess::start);
            return flink;
        } catch (RuntimeException e) {
            flink.close();
            throw e;
        }
    }

    /** Starts both jobs and returns when they run. */
    void run(JobConfig jobConfig) {
        config = jobConfig;
        recover();
    }

    ChildProcess jobManager() {
        return jobManager;
    }

    List<ChildProcess> taskManagers() {
        return List.copyOf(taskManagers);
    }

    /** The task managers that have tasks: to kill another would break nothing. Waits until there is one. */
    List<ChildProcess> busyTaskManagers() {
        List<ChildProcess> busy = new ArrayList<>();
        Waiting.until("a task manager has tasks", PATIENCE, () -> {
            for (JsonNode known : get("/taskmanagers").path("taskmanagers")) {
                int index = Integer.parseInt(known.path("id").asText().substring(RESOURCE_PREFIX.length())) - 1;
                if (known.path("freeSlots").asInt() < known.path("slotsNumber").asInt()) {
                    busy.add(taskManagers.get(index));
                }
            }
            return !busy.isEmpty();
        });
        return busy;
    }

    /** Restarts both jobs from their newest checkpoints, whatever state they are in. */
    void heal() {
        delete(declineFile());
        transactionTimeout(ChaosCluster.TRANSACTION_TIMEOUT);
        taskManagers.forEach(ChildProcess::revive);
        if (jobManager.isAlive()) {
            jobManager.kill();
        }
        recover();
    }

    /** Starts what does not run and submits both jobs from their newest complete checkpoints. */
    void recover() {
        for (Job job : Job.values()) {
            delete(HoldingCheckpointStorage.request(directory, id(job)));
            delete(HoldingCheckpointStorage.answer(directory, id(job)));
        }
        if (!jobManager.isAlive()) {
            jobManager.start();
        }
        for (ChildProcess taskManager : taskManagers) {
            if (!taskManager.isAlive()) {
                taskManager.start();
            }
        }
        awaitSlots();
        for (Job job : Job.values()) {
            submit(job, newestCheckpoint(job), true, PARALLELISM);
        }
        awaitRunning();
    }

    /** The newest complete checkpoint of a job; null when there is none. */
    @Nullable
    String newestCheckpoint(Job job) {
        return EmbeddedFlink.newestCheckpoint(checkpoints(job))
                .map(JobEnvironment::location)
                .orElse(null);
    }

    /**
     * Starts a job.
     *
     * @param from a savepoint or checkpoint; null: without state
     * @param claim whether Flink may delete it when no job needs it any longer
     */
    synchronized void submit(Job job, @Nullable String from, boolean claim, int parallelism) {
        Configuration configuration = JobEnvironment.local(checkpoints(job), Duration.ofSeconds(2));
        configuration.set(
                CheckpointingOptions.CHECKPOINT_STORAGE, HoldingCheckpointStorage.HoldingFactory.class.getName());
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(3));
        if (from != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, from);
            configuration.set(
                    StateRecoveryOptions.RESTORE_MODE, claim ? RecoveryClaimMode.CLAIM : RecoveryClaimMode.NO_CLAIM);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(parallelism);
        JobConfig told = told();
        if (job == Job.ENRICHMENT) {
            Saboteur.buildEnrichment(env, told, sabotage);
            Decliner.addTo(env, declineFile());
        } else {
            DailyAggregationJob.build(
                    env,
                    told,
                    DailyAggregationJob.AggregationSources.kafka(told),
                    DailyAggregationJob.AggregationSinks.tables(told));
        }
        var graph = env.getStreamGraph();
        graph.setJobName(job.title());
        jobs.put(job, ask(client -> client.submitJob(graph.getJobGraph())));
    }

    /** Sets the transaction timeout of jobs that are submitted from now on. */
    void transactionTimeout(Duration timeout) {
        config = told().withTransactionTimeout(timeout);
    }

    private JobConfig told() {
        return Objects.requireNonNull(config, "run was not called");
    }

    /** Waits until both jobs run with all of their tasks. */
    void awaitRunning() {
        for (Job job : Job.values()) {
            awaitRunning(job);
        }
    }

    /** Waits until the job runs with all of its tasks. */
    void awaitRunning(Job job) {
        Waiting.until("job " + job.title() + " runs", PATIENCE, () -> {
            JsonNode state = get("/jobs/" + id(job));
            boolean all = state.path("vertices").size() > 0;
            for (JsonNode vertex : state.path("vertices")) {
                all &= vertex.path("status").asText().equals("RUNNING");
            }
            return all;
        });
    }

    /** Takes a savepoint while the job keeps running; returns its path. */
    String savepoint(Job job) {
        return ask(client -> client.triggerSavepoint(id(job), savepoints(), SavepointFormatType.CANONICAL));
    }

    /** Stops the job with a savepoint; returns its path. */
    String stop(Job job) {
        return ask(client -> client.stopWithSavepoint(id(job), false, savepoints(), SavepointFormatType.CANONICAL));
    }

    /** Cancels the job without a savepoint. */
    void cancel(Job job) {
        ask(client -> client.cancel(id(job)));
        Waiting.until(
                "job " + job.title() + " is cancelled",
                PATIENCE,
                () -> ask(client -> client.getJobStatus(id(job))) == JobStatus.CANCELED);
    }

    /** Waits until the job has completed this many more checkpoints. */
    void awaitCheckpoints(Job job, int more) {
        long wanted = completedCheckpoints(job) + more;
        Waiting.until(more + " checkpoints of " + job.title(), PATIENCE, () -> completedCheckpoints(job) >= wanted);
    }

    private long completedCheckpoints(Job job) {
        return get("/jobs/" + id(job) + "/checkpoints")
                .path("counts")
                .path("completed")
                .asLong();
    }

    /** The largest parallelism of the job's operators. */
    int parallelism(Job job) {
        int widest = 0;
        for (JsonNode vertex : get("/jobs/" + id(job)).path("vertices")) {
            widest = Math.max(widest, vertex.path("parallelism").asInt());
        }
        return widest;
    }

    /** Whether the job was restarted after a moment. */
    boolean restartedSince(Job job, Instant moment) {
        return get("/jobs/" + id(job)).path("timestamps").path("RESTARTING").asLong() >= moment.toEpochMilli();
    }

    /** Lets the job manager stop between the job's next complete checkpoint and its notification; returns its path. */
    String holdNextCheckpoint(Job job) {
        Path answer = HoldingCheckpointStorage.answer(directory, id(job));
        try {
            Files.createFile(HoldingCheckpointStorage.request(directory, id(job)));
            Waiting.until("a held checkpoint of " + job.title(), PATIENCE, () -> Files.exists(answer));
            return Files.readString(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets whether an operator of the enrichment declines every checkpoint. */
    void declineCheckpoints(boolean decline) {
        try {
            if (decline) {
                Files.createFile(declineFile());
            } else {
                Files.delete(declineFile());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        taskManagers.forEach(ChildProcess::close);
        jobManager.close();
    }

    private Path checkpoints(Job job) {
        return directory.resolve("checkpoints").resolve(job.title());
    }

    private String savepoints() {
        return JobEnvironment.location(directory.resolve("savepoints"));
    }

    private Path declineFile() {
        return directory.resolve("decline");
    }

    private synchronized JobID id(Job job) {
        return jobs.getOrDefault(job, new JobID(0, 0));
    }

    private void awaitSlots() {
        Waiting.until(
                "the task managers have registered",
                PATIENCE,
                () -> get("/overview").path("slots-total").asInt() == TASK_MANAGERS * SLOTS);
    }

    /** An empty answer while the job manager is unavailable. */
    private JsonNode get(String path) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + restPort + path))
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? JSON.readTree(answer.body()) : JSON.createObjectNode();
        } catch (IOException e) {
            return JSON.createObjectNode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while asking Flink", e);
        }
    }

    @FunctionalInterface
    private interface Question<T> {
        CompletableFuture<T> to(RestClusterClient<String> client) throws Exception;
    }

    private <T> T ask(Question<T> question) {
        var configuration = new Configuration();
        configuration.set(RestOptions.ADDRESS, "127.0.0.1");
        configuration.set(RestOptions.PORT, restPort);
        try (var client = new RestClusterClient<>(configuration, "chaos")) {
            return question.to(client).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while Flink answered", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandException("Flink did not carry out the request: " + e, e);
        } catch (Exception e) {
            throw new CommandException("Flink cannot be asked: " + e.getMessage(), e);
        }
    }

    private void write(Path settings, int rpcPort) {
        String yaml = String.join(
                "\n",
                "jobmanager.rpc.address: 127.0.0.1",
                "jobmanager.rpc.port: " + rpcPort,
                "jobmanager.bind-host: 127.0.0.1",
                "jobmanager.memory.process.size: 1g",
                "rest.address: 127.0.0.1",
                "rest.bind-address: 127.0.0.1",
                "rest.port: " + restPort,
                "rest.bind-port: " + restPort,
                "taskmanager.host: 127.0.0.1",
                "taskmanager.bind-host: 127.0.0.1",
                "taskmanager.numberOfTaskSlots: " + SLOTS,
                "taskmanager.load-balance.mode: slots",
                "taskmanager.cpu.cores: 1.0",
                "taskmanager.memory.framework.heap.size: 128m",
                "taskmanager.memory.task.heap.size: 448m",
                "taskmanager.memory.framework.off-heap.size: 64m",
                "taskmanager.memory.task.off-heap.size: 64m",
                "taskmanager.memory.network.min: 96m",
                "taskmanager.memory.network.max: 96m",
                "taskmanager.memory.managed.size: 384m",
                "taskmanager.memory.jvm-metaspace.size: 256m",
                "taskmanager.memory.jvm-overhead.min: 128m",
                "taskmanager.memory.jvm-overhead.max: 128m",
                "heartbeat.interval: 2000",
                "heartbeat.timeout: 12000",
                "io.tmp.dirs: " + directory.resolve("tmp"),
                "");
        try {
            Files.createDirectories(settings);
            Files.createDirectories(directory.resolve("tmp"));
            Files.writeString(settings.resolve("config.yaml"), yaml, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
