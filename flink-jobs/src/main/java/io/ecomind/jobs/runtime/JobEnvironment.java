package io.ecomind.jobs.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Settings that every job runs with. A missing uid or a type that falls to Kryo fails the start and not the next
 * upgrade.
 */
public final class JobEnvironment {
    private JobEnvironment() {}

    /** What must hold wherever a job runs; a cluster's own configuration adds to it. */
    public static Configuration required() {
        var configuration = new Configuration();
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        // Records are immutable and no function keeps one that it has emitted, so copies between chained operators
        // would only cost time.
        configuration.set(PipelineOptions.OBJECT_REUSE, true);
        configuration.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        // Almost every lookup is for an identity that is not there: the Bloom filter answers it without reading data.
        // Filters and indexes are partitioned, or one lookup would load a whole file's filter into the bounded cache.
        configuration.set(RocksDBConfigurableOptions.USE_BLOOM_FILTER, true);
        configuration.set(RocksDBOptions.USE_PARTITIONED_INDEX_FILTERS, true);
        configuration.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        configuration.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        return configuration;
    }

    /**
     * A local path as Flink's settings take it. Flink does not decode the text of a URI: from {@link Path#toUri} it would make
     * a folder with {@code %20} in its name.
     */
    public static String location(Path path) {
        return new org.apache.flink.core.fs.Path(path.toUri()).toString();
    }

    /** For one machine: checkpoints in a local directory. */
    public static Configuration local(Path checkpoints, Duration interval) {
        Configuration configuration = required();
        configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, location(checkpoints));
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
        configuration.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 2);
        configuration.set(
                RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(10));
        return configuration;
    }

    /** For a bounded job: it fails after some attempts, and the command that started it reports that. */
    public static Configuration bounded() {
        Configuration configuration = required();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
        return configuration;
    }

    /** A cluster inside this JVM, for one bounded job. */
    public static StreamExecutionEnvironment localBounded(int parallelism) {
        Configuration configuration = bounded();
        try {
            Path folder = Files.createTempDirectory("ecomind-flink");
            folder.toFile().deleteOnExit();
            UnreachablePorts.configure(configuration, folder);
            folder.resolve(UnreachablePorts.KEY_STORE).toFile().deleteOnExit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    }
}
