package io.ecomind.jobs;

import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.runtime.JobConfig;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The jobs that must run all the time, in the order of the stream; a new one is registered here. Bounded jobs
 * ({@code restatement.RestatementJob}, {@code rebuild.RebuildJob}) are started when there is work. Each has a main for a
 * cluster; the embedded stack submits this list.
 */
public final class FlinkJobs {
    public static final List<StreamingJob> STREAMING = List.of(
            new StreamingJob(
                    EnrichmentJob.NAME,
                    (env, config) -> EnrichmentJob.build(
                            env,
                            config,
                            EnrichmentJob.EnrichmentSources.kafka(config),
                            EnrichmentJob.EnrichmentSinks.kafka(config))),
            new StreamingJob(
                    DailyAggregationJob.NAME,
                    (env, config) -> DailyAggregationJob.build(
                            env,
                            config,
                            DailyAggregationJob.AggregationSources.kafka(config),
                            DailyAggregationJob.AggregationSinks.tables(config))));

    private FlinkJobs() {}

    /**
     * A job that never ends.
     *
     * @param name of its checkpoints, in messages and in metrics
     * @param builder adds the job to an environment, with Kafka and the tables as they are configured
     */
    public record StreamingJob(String name, Builder builder) {}

    /** Adds a job's operators to an environment. */
    @FunctionalInterface
    public interface Builder {
        void build(StreamExecutionEnvironment env, JobConfig config);
    }
}
