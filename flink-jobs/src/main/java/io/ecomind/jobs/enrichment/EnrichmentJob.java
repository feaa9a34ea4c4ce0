package io.ecomind.jobs.enrichment;

import io.ecomind.connect.BrokerCheck;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.jobs.runtime.KafkaConnectors;
import io.ecomind.jobs.runtime.Uids;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.BroadcastStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * From accepted events to the ledger.
 *
 * <pre>
 * events.raw ──▶ route ──events──▶ enrich first sighting ──by partition──▶ heartbeat on watermark ──▶ events.enriched
 *                  │                  ▲            │
 *                  │unreadable        │broadcast   │conflicts, unknown organisations
 *                  │                  │            ▼
 *                  └──────────────────┼──────────────────────────────────────────────────────────▶ events.rejected
 * reference ──▶ await snapshot ───────┘
 * </pre>
 *
 * <p>Time is the moment of receipt. Both sinks commit with the checkpoint.
 */
public final class EnrichmentJob {
    public static final String NAME = "enrichment";

    private EnrichmentJob() {}

    /** Where the job reads. {@code referenceEnd}: where the reference topic ends when a task starts. */
    public record EnrichmentSources(
            Source<RawRecordRead, ?, ?> raw, Source<ReferenceRead, ?, ?> reference, EndOffset referenceEnd) {
        public static EnrichmentSources kafka(JobConfig config) {
            return new EnrichmentSources(
                    KafkaConnectors.source(
                            config, Topic.EVENTS_RAW, KafkaConnectors.ENRICHMENT_GROUP, new ReadRawRecord()),
                    KafkaConnectors.source(
                            config, Topic.REFERENCE, KafkaConnectors.ENRICHMENT_GROUP, new ReadReference()),
                    EndOffset.ofReferenceTopic(config.kafka()));
        }
    }

    /** Where the job writes. */
    public record EnrichmentSinks(Sink<LedgerRecord> enriched, Sink<LedgerRecord> rejected) {
        public static EnrichmentSinks kafka(JobConfig config) {
            return new EnrichmentSinks(
                    KafkaConnectors.exactlyOnceSink(config, "enriched", new WriteLedgerRecord(Topic.EVENTS_ENRICHED)),
                    KafkaConnectors.exactlyOnceSink(config, "rejected", new WriteLedgerRecord(Topic.EVENTS_REJECTED)));
        }
    }

    /** Adds the job to the environment. */
    public static void build(
            StreamExecutionEnvironment env, JobConfig config, EnrichmentSources sources, EnrichmentSinks sinks) {
        build(env, config, sources, sinks, RateCall.BY_CATALOGUE);
    }

    /** The same with another way of rating. */
    public static void build(
            StreamExecutionEnvironment env,
            JobConfig config,
            EnrichmentSources sources,
            EnrichmentSinks sinks,
            RateCall rate) {
        SingleOutputStreamOperator<RawRecordRead> events = env.fromSource(
                        sources.raw(), receivedTime(config), "events.raw")
                .uid(Uids.RAW_SOURCE)
                .process(new RouteRecords())
                .uid(Uids.ROUTE_RECORDS)
                .name("route records");

        BroadcastStream<ReferenceChange> reference = env.fromSource(
                        sources.reference(), WatermarkStrategy.noWatermarks(), "reference")
                .uid(Uids.REFERENCE_SOURCE)
                .setParallelism(1)
                .transform(
                        "await reference snapshot",
                        TypeInformation.of(ReferenceChange.class),
                        new AwaitReferenceSnapshot(sources.referenceEnd()))
                .uid(Uids.AWAIT_REFERENCE_SNAPSHOT)
                .setParallelism(1)
                .setMaxParallelism(1)
                .broadcast(EnrichFirstSighting.REFERENCE);

        SingleOutputStreamOperator<LedgerRecord> ledger = events.keyBy(
                        raw -> Tuple2.of(raw.identityHigh(), raw.identityLow()), Types.TUPLE(Types.LONG, Types.LONG))
                .connect(reference)
                .process(new EnrichFirstSighting(config.horizon(), rate))
                .uid(Uids.ENRICH_FIRST_SIGHTING)
                .name("enrich first sighting");

        ledger.partitionCustom(HeartbeatOnWatermark::taskOf, LedgerRecord::partition)
                .transform(
                        "heartbeat on watermark",
                        TypeInformation.of(LedgerRecord.class),
                        new HeartbeatOnWatermark(Topic.EVENTS_ENRICHED.partitions()))
                .uid(Uids.HEARTBEAT_ON_WATERMARK)
                .sinkTo(sinks.enriched())
                .uid(Uids.ENRICHED_SINK)
                .name("events.enriched");

        DataStream<LedgerRecord> rejected =
                events.getSideOutput(RouteRecords.UNREADABLE).union(ledger.getSideOutput(EnrichFirstSighting.REJECTED));
        rejected.sinkTo(sinks.rejected()).uid(Uids.REJECTED_SINK).name("events.rejected");
    }

    private static WatermarkStrategy<RawRecordRead> receivedTime(JobConfig config) {
        return WatermarkStrategy.<RawRecordRead>forBoundedOutOfOrderness(config.outOfOrder())
                .withTimestampAssigner((raw, kafkaTimestamp) -> raw.receivedAtMillis());
    }

    public static void main(String[] arguments) throws Exception {
        if (JobConfig.printedHelp(NAME, arguments)) {
            return;
        }
        JobConfig config = JobConfig.fromArguments(arguments);
        BrokerCheck.logWarnings(config.kafka());
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(JobEnvironment.required());
        build(env, config, EnrichmentSources.kafka(config), EnrichmentSinks.kafka(config));
        env.execute(NAME);
    }
}
