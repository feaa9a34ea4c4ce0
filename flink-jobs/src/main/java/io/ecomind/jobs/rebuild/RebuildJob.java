package io.ecomind.jobs.rebuild;

import io.ecomind.contracts.Topic;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.projection.ReadLedger;
import io.ecomind.jobs.projection.ReadRejections;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.runtime.KafkaConnectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daily aggregation over what Kafka holds, from its beginning to an end that was fixed before; bounded.
 *
 * <pre>
 * events.enriched ──┬──────────▶ project to tables: rows that are not there yet, daily totals, offsets
 *  up to the end    │
 *                   └─in time──▶ combine ──by cube row──▶ local-day windows ──closed days──▶ daily_control
 *
 * events.rejected ─────────────▶ events_rejected
 * </pre>
 *
 * <p>All that it writes is idempotent, so it may run beside the live job, twice, or again from its beginning after a
 * failure. {@link Rebuild} decides whether it may run at all and closes days when it has ended.
 */
public final class RebuildJob {
    public static final String NAME = "rebuild";

    private static final Logger log = LoggerFactory.getLogger(RebuildJob.class);

    private RebuildJob() {}

    /**
     * Adds the job to the environment.
     *
     * @param rebuild its id in the table rebuilds
     */
    static void build(
            StreamExecutionEnvironment env, JobConfig config, long rebuild, LedgerExtent held, ClosedDays closed) {
        DailyAggregationJob.buildBounded(
                env,
                config,
                new DailyAggregationJob.AggregationSources(
                        KafkaConnectors.boundedSource(
                                config, Topic.EVENTS_ENRICHED, held.ledgerEnds(), new ReadLedger()),
                        KafkaConnectors.boundedSource(
                                config, Topic.EVENTS_REJECTED, held.rejectionEnds(), new ReadRejections())),
                DailyAggregationJob.AggregationSinks.rebuild(config, rebuild),
                closed);
    }

    /** Rebuilds once, then ends. */
    public static void main(String[] arguments) throws Exception {
        if (JobConfig.printedHelp(NAME, arguments)) {
            return;
        }
        RebuildReport report = new Rebuild(
                        JobConfig.fromArguments(arguments),
                        () -> StreamExecutionEnvironment.getExecutionEnvironment(JobEnvironment.bounded()))
                .run(RebuildProgress.NONE);
        report.lines().forEach(line -> log.atInfo().log(line));
    }
}
