package io.ecomind.jobs.projection;

import io.ecomind.connect.BrokerCheck;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.runtime.KafkaConnectors;
import io.ecomind.jobs.runtime.Uids;
import io.ecomind.jobs.windows.CombineUsage;
import io.ecomind.jobs.windows.LocalDayWindows;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * From the ledger to the tables, in double entry.
 *
 * <pre>
 * events.enriched ──┬──────────▶ project to tables: one transaction per micro-batch (rows, daily totals, offsets)
 *                   │
 *                   └─in time──▶ combine ──by cube row──▶ local-day windows ──when the horizon has passed──▶ daily_control
 *
 * events.rejected ─────────────▶ events_rejected
 * </pre>
 *
 * <p>Time is the moment of receipt, taken from the ledger's heartbeats.
 */
public final class DailyAggregationJob {
    public static final String NAME = "daily-aggregation";

    private DailyAggregationJob() {}

    /** Where the job reads. */
    public record AggregationSources(Source<LedgerEntry, ?, ?> ledger, Source<RejectionEntry, ?, ?> rejections) {
        public static AggregationSources kafka(JobConfig config) {
            return new AggregationSources(
                    KafkaConnectors.source(
                            config, Topic.EVENTS_ENRICHED, KafkaConnectors.DAILY_GROUP, new ReadLedger()),
                    KafkaConnectors.source(
                            config, Topic.EVENTS_REJECTED, KafkaConnectors.DAILY_GROUP, new ReadRejections()));
        }
    }

    /** Where the job writes. */
    public record AggregationSinks(
            Sink<LedgerEntry> projection, Sink<UsageSum> control, Sink<RejectionEntry> rejections) {
        public static AggregationSinks tables(JobConfig config) {
            return new AggregationSinks(
                    new ProjectToTables(config), JdbcSinks.dailyControl(config), JdbcSinks.eventsRejected(config));
        }

        /** The same for a rebuild, which counts the rows that it adds, seals no days and sends no totals. */
        public static AggregationSinks rebuild(JobConfig config, long rebuild) {
            return new AggregationSinks(
                    new ProjectToTables(config, rebuild),
                    JdbcSinks.dailyControl(config),
                    JdbcSinks.eventsRejected(config, rebuild));
        }
    }

    /** Adds the job to the environment. */
    public static void build(
            StreamExecutionEnvironment env, JobConfig config, AggregationSources sources, AggregationSinks sinks) {
        build(env, config, sources, sinks, null);
    }

    /**
     * The same over sources that end, at which all windows fire.
     *
     * @param closed lets those through that would have fired without the end
     */
    public static void buildBounded(
            StreamExecutionEnvironment env,
            JobConfig config,
            AggregationSources sources,
            AggregationSinks sinks,
            FilterFunction<UsageSum> closed) {
        build(env, config, sources, sinks, closed);
    }

    private static void build(
            StreamExecutionEnvironment env,
            JobConfig config,
            AggregationSources sources,
            AggregationSinks sinks,
            @Nullable FilterFunction<UsageSum> closed) {
        SingleOutputStreamOperator<LedgerEntry> ledger = env.fromSource(
                        sources.ledger(), receivedTime(), "events.enriched")
                .uid(Uids.LEDGER_SOURCE);

        ledger.sinkTo(sinks.projection()).uid(Uids.PROJECT_TO_TABLES).name("project to tables");

        Duration sealAfter = config.horizon().plus(JobConfig.GRACE);
        SingleOutputStreamOperator<UsageSum> days = ledger.transform(
                        "combine usage", TypeInformation.of(UsageSum.class), CombineUsage.forWindows(sealAfter))
                .uid(Uids.COMBINE_USAGE)
                .keyBy(UsageSum::key, Types.STRING)
                .window(new LocalDayWindows(sealAfter.toMillis()))
                .allowedLateness(sealAfter)
                .reduce(UsageSum::plus)
                .uid(Uids.DAILY_WINDOWS)
                .name("local-day windows");
        if (closed != null) {
            days = days.filter(closed).uid(Uids.CLOSED_DAYS).name("closed days");
        }
        days.sinkTo(sinks.control()).uid(Uids.CONTROL_SINK).name("daily_control");

        env.fromSource(sources.rejections(), WatermarkStrategy.noWatermarks(), "events.rejected")
                .uid(Uids.REJECTION_SOURCE)
                .sinkTo(sinks.rejections())
                .uid(Uids.REJECTION_TABLE_SINK)
                .name("events_rejected");
    }

    private static WatermarkStrategy<LedgerEntry> receivedTime() {
        return WatermarkStrategy.<LedgerEntry>forGenerator(context -> new HeartbeatWatermarks())
                .withTimestampAssigner((entry, kafkaTimestamp) -> kafkaTimestamp);
    }

    public static void main(String[] arguments) throws Exception {
        if (JobConfig.printedHelp(NAME, arguments)) {
            return;
        }
        JobConfig config = JobConfig.fromArguments(arguments);
        BrokerCheck.logWarnings(config.kafka());
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(JobEnvironment.required());
        build(env, config, AggregationSources.kafka(config), AggregationSinks.tables(config));
        env.execute(NAME);
    }
}
