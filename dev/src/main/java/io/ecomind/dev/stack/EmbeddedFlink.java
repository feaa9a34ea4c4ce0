package io.ecomind.dev.stack;

import io.ecomind.connect.Secret;
import io.ecomind.jobs.FlinkJobs;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.testkit.PrivateFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Both streaming jobs on a Flink cluster inside this JVM, with checkpoints on disk, and a timer for restatements. A start
 * restores each job from its newest complete checkpoint, whether the last run was stopped or killed.
 */
public final class EmbeddedFlink implements AutoCloseable {
    private static final int PARALLELISM = 2;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(2);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private final MiniCluster cluster;
    private final Map<String, JobID> jobs;
    private final RestatementTimer restatements;

    private EmbeddedFlink(MiniCluster cluster, Map<String, JobID> jobs, RestatementTimer restatements) {
        this.cluster = cluster;
        this.jobs = jobs;
        this.restatements = restatements;
    }

    /** Starts the cluster and submits the jobs; {@code directory} keeps checkpoints and local state. */
    public static EmbeddedFlink start(
            Path directory, String bootstrapServers, String jdbcUrl, String pipelineUser, Secret pipelinePassword) {
        JobConfig config = JobConfig.of(bootstrapServers, jdbcUrl, pipelineUser, pipelinePassword.value());
        try {
            PrivateFolders.create(directory);
            // Local state and native libraries of a killed process; the jobs go on from their checkpoints.
            PrivateFolders.delete(directory.resolve("tmp"));
            PrivateFolders.create(directory.resolve("tmp"));
            MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                    .setConfiguration(clusterConfiguration(directory))
                    .setNumTaskManagers(1)
                    .setNumSlotsPerTaskManager(2 * PARALLELISM)
                    .setCommonBindAddress("127.0.0.1")
                    .build());
            cluster.start();
            Map<String, JobID> jobs = new LinkedHashMap<>();
            for (FlinkJobs.StreamingJob job : FlinkJobs.STREAMING) {
                jobs.put(
                        job.name(),
                        submit(
                                cluster,
                                directory,
                                job.name(),
                                env -> job.builder().build(env, config)));
            }
            return new EmbeddedFlink(cluster, jobs, new RestatementTimer(config));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Flink started", e);
        } catch (Exception e) {
            throw new IllegalStateException("Flink did not start", e);
        }
    }

    /** Null when all jobs run, otherwise which does not. */
    public @Nullable String problem() {
        for (var job : jobs.entrySet()) {
            try {
                JobStatus status = cluster.getJobStatus(job.getValue()).get(2, TimeUnit.SECONDS);
                if (status != JobStatus.RUNNING) {
                    return "job " + job.getKey() + " is " + status;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "interrupted";
            } catch (ExecutionException | TimeoutException e) {
                return "job " + job.getKey() + " does not answer";
            }
        }
        return null;
    }

    /** Stops the jobs; their last checkpoints stay and the next start goes on from them. */
    @Override
    public void close() throws Exception {
        restatements.close();
        for (JobID job : jobs.values()) {
            cluster.cancelJob(job).get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            cluster.requestJobResult(job).get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
        cluster.closeAsync().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    private static Configuration clusterConfiguration(Path directory) {
        var configuration = new Configuration();
        configuration.set(CoreOptions.TMP_DIRS, directory.resolve("tmp").toString());
        configuration.set(JobManagerOptions.BIND_HOST, "127.0.0.1");
        configuration.set(TaskManagerOptions.BIND_HOST, "127.0.0.1");
        configuration.set(TaskManagerOptions.HOST, "127.0.0.1");
        configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        configuration.set(RestOptions.ADDRESS, "127.0.0.1");
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(BlobServerOptions.PORT, "0");
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
