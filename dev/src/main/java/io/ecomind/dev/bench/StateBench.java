package io.ecomind.dev.bench;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CheckpointStatsStatus;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the enrichment job over distinct ids, Kafka to Kafka, with times of receipt that cover {@link #SPAN}: ids enter
 * the state and are removed a horizon later. Each checkpoint is a sample of the state. Not thread-safe; one run at a
 * time in a process.
 */
final class StateBench {
    /** The event time that a run covers. */
    static final Duration SPAN = Duration.ofMinutes(450);

    private static final int PARALLELISM = 2;
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * Events that were rated in this process. Mutable and static, against the usual rule, because Flink copies
     * functions by serialization and the copies share only the class.
     */
    private static final LongAdder RATED = new LongAdder();

    private final long events;
    private final Duration horizon;
    private final Duration feedFor;
    private final Duration checkpointEvery;

    /**
     * The contents of one checkpoint.
     *
     * @param events that were rated when it was triggered
     * @param identities of these whose {@code ts} is within the horizon and its grace
     * @param stateBytes the full state: all files that the checkpoint refers to
     * @param uploadedBytes the part of it that is new since the previous checkpoint
     * @param durationMillis from its trigger to its end
     */
    record Sample(long events, long identities, long stateBytes, long uploadedBytes, long durationMillis) {}

    /**
     * @param events distinct ids, 1,000 to 100,000,000
     * @param horizon less than {@link #SPAN}
     * @param feedFor the time over which the events are written, at least
     */
    StateBench(long events, Duration horizon, Duration feedFor, Duration checkpointEvery) {
        this.events = events;
        this.horizon = horizon;
        this.feedFor = feedFor;
        this.checkpointEvery = checkpointEvery;
    }

    /** The number of events within one horizon and its grace. */
    long identitiesWithinHorizon() {
        return Math.multiplyExact(events, horizon.plus(JobConfig.GRACE).toMillis()) / SPAN.toMillis();
    }

    /**
     * Runs the job until all events are rated and one more checkpoint is complete.
     *
     * @param directory for the files of Kafka and Flink; not deleted
     * @param each is given every checkpoint as it completes
     * @return all samples, in order
     */
    List<Sample> run(Path directory, Consumer<Sample> each) throws Exception {
        RATED.reset();
        int[] ports = FreePorts.find(2);
        try (var broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1])) {
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            Path flink = Files.createDirectories(directory.resolve("flink"));
            try (MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                    .setConfiguration(clusterConfiguration(flink))
                    .setNumTaskManagers(1)
                    .setNumSlotsPerTaskManager(PARALLELISM)
                    .setCommonBindAddress("127.0.0.1")
                    .build())) {
                cluster.start();
                JobID job = submit(cluster, broker.bootstrapServers(), flink.resolve("checkpoints"));
                var failure = new AtomicReference<@Nullable Throwable>();
                var feeder = new Thread(() -> feed(broker.bootstrapServers(), failure), "bench-feeder");
                feeder.start();
                try {
                    return sample(cluster, job, failure, each);
                } finally {
                    feeder.interrupt();
                    feeder.join();
                    cluster.cancelJob(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    cluster.requestJobResult(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                }
            }
        }
    }

    private List<Sample> sample(
            MiniCluster cluster, JobID job, AtomicReference<@Nullable Throwable> failure, Consumer<Sample> each)
            throws Exception {
        List<Sample> samples = new ArrayList<>();
        var counts = new TreeMap<Long, Long>(Map.of(0L, 0L));
        long lastCheckpoint = 0;
        long lastCount = 0;
        long lastMove = System.nanoTime();
        while (samples.isEmpty() || samples.get(samples.size() - 1).events() < events) {
            LockSupport.parkNanos(POLL.toNanos());
            Throwable failed = failure.get();
            if (failed != null) {
                throw new CommandException("Kafka did not acknowledge the events: " + failed, failed);
            }
            long count = RATED.sum();
            counts.put(System.currentTimeMillis(), count);
            for (AbstractCheckpointStats done : completedAfter(cluster, job, lastCheckpoint)) {
                lastCheckpoint = done.getCheckpointId();
                long through = counts.floorEntry(done.getTriggerTimestamp()).getValue();
                var sample = new Sample(
                        through,
                        Math.min(through, identitiesWithinHorizon()),
                        done.getStateSize(),
                        done.getCheckpointedSize(),
                        done.getEndToEndDuration());
                samples.add(sample);
                each.accept(sample);
            }
            if (count != lastCount) {
                lastCount = count;
                lastMove = System.nanoTime();
            } else if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
                throw new CommandException("the job makes no progress at " + count + " of " + events + " events; it is "
                        + cluster.getJobStatus(job).get());
            }
        }
        return samples;
    }

    /** Flink keeps the last ten checkpoints, which cover some seconds, so that none is missed. */
    private static List<AbstractCheckpointStats> completedAfter(MiniCluster cluster, JobID job, long last)
            throws ExecutionException, InterruptedException, TimeoutException {
        JobStatus status = cluster.getJobStatus(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (status.isTerminalState()) {
            throw new CommandException("the job has ended: " + status);
        }
        CheckpointStatsSnapshot stats = cluster.getExecutionGraph(job)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .getCheckpointStatsSnapshot();
        return stats == null
                ? List.of()
                : stats.getHistory().getCheckpoints().stream()
                        .filter(one -> one.getStatus() == CheckpointStatsStatus.COMPLETED)
                        .filter(one -> one.getCheckpointId() > last)
                        .sorted(Comparator.comparingLong(AbstractCheckpointStats::getCheckpointId))
                        .toList();
    }

    private JobID submit(MiniCluster cluster, String bootstrapServers, Path checkpoints) throws Exception {
        JobConfig config =
                JobConfig.of(bootstrapServers, "unused", "unused", "unused").withHorizon(horizon);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                JobEnvironment.local(Files.createDirectories(checkpoints), checkpointEvery));
        env.setParallelism(PARALLELISM);
        EnrichmentJob.build(
                env,
                config,
                EnrichmentJob.EnrichmentSources.kafka(config),
                EnrichmentJob.EnrichmentSinks.kafka(config),
                (all, call, own) -> {
                    RATED.increment();
                    return BenchRecords.CONSTANT;
                });
        var graph = env.getStreamGraph();
        graph.setJobName(EnrichmentJob.NAME);
        return cluster.submitJob(graph.getJobGraph()).get().getJobID();
    }

    private static Configuration clusterConfiguration(Path directory) throws Exception {
        var configuration = new Configuration();
        configuration.set(
                CoreOptions.TMP_DIRS,
                Files.createDirectories(directory.resolve("tmp")).toString());
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

    /** Writes at an even pace, so that checkpoints are spread evenly over event time. */
    private void feed(String bootstrapServers, AtomicReference<@Nullable Throwable> failure) {
        try (KafkaProducer<byte[], byte[]> producer = BenchRecords.producer(bootstrapServers)) {
            BenchRecords.reference().forEach(producer::send);
            long first = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now().minus(SPAN));
            double stepMicros = (double) SPAN.toMillis() * 1_000 / events;
            double stepNanos = (double) feedFor.toNanos() / events;
            long begin = System.nanoTime();
            for (int i = 0; i < events && !Thread.currentThread().isInterrupted(); i++) {
                long early = (long) (i * stepNanos) - (System.nanoTime() - begin);
                if (early > 0) {
                    LockSupport.parkNanos(early);
                }
                long received = first + (long) (i * stepMicros);
                producer.send(
                        new ProducerRecord<>(
                                Topic.EVENTS_RAW.topicName(),
                                i % Topic.EVENTS_RAW.partitions(),
                                null,
                                BenchRecords.event(i, received, received)),
                        (metadata, e) -> {
                            if (e != null) {
                                failure.set(e);
                            }
                        });
            }
        } catch (InterruptException e) {
            // The run was interrupted, so the feeding thread is not waited for.
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure.set(e);
        }
    }
}
