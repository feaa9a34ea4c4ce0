package io.ecomind.dev.stack;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.jobs.FlinkJobs;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.runtime.UnreachablePorts;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Both streaming jobs on a Flink cluster inside this JVM, with checkpoints on disk, and a timer for restatements. A start
 * restores each job from its newest complete checkpoint, whether the last run was stopped or killed.
 */
public final class EmbeddedFlink implements AutoCloseable {
    private static final int PARALLELISM = 2;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private final MiniCluster cluster;
    private final JobSupervisor jobs;
    private final RestatementTimer restatements;

    private EmbeddedFlink(MiniCluster cluster, JobSupervisor jobs, RestatementTimer restatements) {
        this.cluster = cluster;
        this.jobs = jobs;
        this.restatements = restatements;
    }

    /**
     * Starts the cluster and submits both jobs.
     *
     * @param directory keeps checkpoints and local state
     * @param open whether the cluster's ports answer everybody on the machine
     */
    public static EmbeddedFlink start(Path directory, boolean open, KafkaSettings kafka, DatabaseSettings database) {
        JobConfig config = JobConfig.of(kafka, database);
        try {
            PrivateFolders.create(directory);
            // Local state and native libraries of a killed process; the jobs go on from their checkpoints.
            PrivateFolders.delete(directory.resolve("tmp"));
            PrivateFolders.create(directory.resolve("tmp"));
            MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                    .setConfiguration(clusterConfiguration(directory, open))
                    .setNumTaskManagers(1)
                    .setNumSlotsPerTaskManager(2 * PARALLELISM)
                    .setCommonBindAddress("127.0.0.1")
                    .build());
            cluster.start();
            Map<String, FlinkJobs.StreamingJob> byName = FlinkJobs.STREAMING.stream()
                    .collect(Collectors.toMap(FlinkJobs.StreamingJob::name, Function.identity()));
            JobSupervisor jobs = JobSupervisor.start(
                    cluster,
                    FlinkJobs.STREAMING.stream()
                            .map(FlinkJobs.StreamingJob::name)
                            .toList(),
                    name -> submit(
                            cluster,
                            directory,
                            name,
                            env -> Objects.requireNonNull(byName.get(name))
                                    .builder()
                                    .build(env, config)));
            return new EmbeddedFlink(cluster, jobs, new RestatementTimer(config));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Flink started", e);
        } catch (Exception e) {
            throw new IllegalStateException("Flink did not start", e);
        }
    }

    /** Whether the jobs do their work, and how often they were restarted. */
    public ReadinessCheck readiness() {
        return jobs;
    }

    /** How often the jobs were started again, or started themselves again. */
    int restarts() {
        return jobs.restarts();
    }

    /** Stops the jobs; their last checkpoints stay and the next start goes on from them. */
    @Override
    public void close() throws Exception {
        restatements.close();
        jobs.close();
        cluster.closeAsync().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    private static Configuration clusterConfiguration(Path directory, boolean open) throws IOException {
        var configuration = new Configuration();
        configuration.set(CoreOptions.TMP_DIRS, directory.resolve("tmp").toString());
        if (open) {
            configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
            configuration.set(RestOptions.BIND_PORT, "0");
        } else {
            UnreachablePorts.configure(configuration, directory.resolve("tmp"));
        }
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(768));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        return configuration;
    }

    private static JobID submit(
            MiniCluster cluster, Path directory, String name, Consumer<StreamExecutionEnvironment> build)
            throws ExecutionException, InterruptedException {
        Path checkpoints = directory.resolve("checkpoints").resolve(name);
        Configuration configuration = JobEnvironment.local(checkpoints, CHECKPOINT_INTERVAL);
        newestCheckpoint(checkpoints).ifPresent(path -> {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, JobEnvironment.location(path));
            configuration.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
        });
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(PARALLELISM);
        build.accept(env);
        var graph = env.getStreamGraph();
        graph.setJobName(name);
        return cluster.submitJob(graph.getJobGraph()).get().getJobID();
    }

    /** A checkpoint is complete when its metadata is written, which Flink does last. */
    public static Optional<Path> newestCheckpoint(Path checkpoints) {
        if (!Files.isDirectory(checkpoints)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.walk(checkpoints, 3)) {
            return files.filter(file -> file.endsWith("_metadata"))
                    .max(Comparator.comparing(EmbeddedFlink::modified))
                    .map(Path::getParent);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
