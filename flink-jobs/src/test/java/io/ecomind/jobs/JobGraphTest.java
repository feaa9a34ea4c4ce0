package io.ecomind.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.jobs.daily.UsageSum;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.enrichment.FirstSighting;
import io.ecomind.jobs.enrichment.LedgerRecord;
import io.ecomind.jobs.enrichment.RawRecordRead;
import io.ecomind.jobs.enrichment.ReferenceChange;
import io.ecomind.jobs.enrichment.ReferenceRead;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.projection.LedgerEntry;
import io.ecomind.jobs.projection.RejectionEntry;
import io.ecomind.jobs.restatement.RestatementJob;
import io.ecomind.jobs.restatement.SealedDay;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a savepoint depends on: uids, edges and serializers. */
class JobGraphTest {
    private static final JobConfig CONFIG = JobConfig.of("127.0.0.1:1", "jdbc:postgresql://127.0.0.1:1/x", "u", "p");

    @Test
    void enrichment_keeps_its_uids_and_edges() throws Exception {
        StreamExecutionEnvironment env = environment();
        EnrichmentJob.build(
                env,
                CONFIG,
                EnrichmentJob.EnrichmentSources.kafka(CONFIG),
                EnrichmentJob.EnrichmentSinks.kafka(CONFIG));

        assertThat(describe(env.getStreamGraph())).isEqualTo(golden("enrichment.txt"));
    }

    @Test
    void daily_aggregation_keeps_its_uids_and_edges() throws Exception {
        StreamExecutionEnvironment env = environment();
        DailyAggregationJob.build(
                env,
                CONFIG,
                DailyAggregationJob.AggregationSources.kafka(CONFIG),
                DailyAggregationJob.AggregationSinks.tables(CONFIG));

        assertThat(describe(env.getStreamGraph())).isEqualTo(golden("daily-aggregation.txt"));
    }

    @Test
    void rebuild_is_the_daily_aggregation_with_closed_days_only() throws Exception {
        StreamExecutionEnvironment env = environment();
        DailyAggregationJob.buildBounded(
                env,
                CONFIG,
                DailyAggregationJob.AggregationSources.kafka(CONFIG),
                DailyAggregationJob.AggregationSinks.rebuild(CONFIG, 1),
                sum -> true);

        assertThat(describe(env.getStreamGraph())).isEqualTo(golden("rebuild.txt"));
    }

    @Test
    void restatement_keeps_its_uids_and_edges() throws Exception {
        var days = List.of(new SealedDay("acme", LocalDate.of(2026, 1, 1), "2026-01-02 00:00:00+00", 1));
        StreamExecutionEnvironment late = environment();
        RestatementJob.build(late, CONFIG, 1, null, days);
        StreamExecutionEnvironment rerate = environment();
        RestatementJob.build(rerate, CONFIG, 1, "s1", days);

        assertThat(describe(late.getStreamGraph())).isEqualTo(golden("restatement-late.txt"));
        assertThat(describe(rerate.getStreamGraph())).isEqualTo(golden("restatement-rerate.txt"));
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                RawRecordRead.class,
                ReferenceRead.class,
                ReferenceChange.class,
                FirstSighting.class,
                LedgerRecord.class,
                UsageSum.class,
                RejectionEntry.class
            })
    void stream_types_are_serialized_without_kryo(Class<?> type) {
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(type);
    }

    @Test
    void ledger_entries_have_a_serializer_that_keeps_all_of_them() throws Exception {
        TypeSerializer<LedgerEntry> serializer =
                TypeInformation.of(LedgerEntry.class).createSerializer(new SerializerConfigImpl());
        var event = EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event("acme", "a", 7))
                .setRawOffset(5)
                .build();
        for (LedgerEntry entry :
                List.of(new LedgerEntry(3, 17, LedgerEntry.NO_HEARTBEAT, event), new LedgerEntry(4, 18, 1_000, null))) {
            var out = new DataOutputSerializer(64);
            serializer.serialize(entry, out);
            var in = new DataInputDeserializer(out.getCopyOfBuffer());

            assertThat(serializer.deserialize(in)).isEqualTo(entry);
            assertThat(in.available()).isZero();
        }
        var restored = serializer.snapshotConfiguration().restoreSerializer();
        assertThat(restored).isEqualTo(serializer);
    }

    private static StreamExecutionEnvironment environment() {
        return StreamExecutionEnvironment.getExecutionEnvironment(JobEnvironment.required());
    }

    /** One line per operator: uid, name, and the uids that it reads from. */
    private static String describe(StreamGraph graph) {
        return graph.getStreamNodes().stream()
                .map(node -> node.getTransformationUID() + " <- "
                        + node.getInEdges().stream()
                                .map(edge ->
                                        graph.getStreamNode(edge.getSourceId()).getTransformationUID())
                                .sorted()
                                .collect(Collectors.joining(", ", "[", "]")))
                .sorted()
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String golden(String name) throws IOException {
        try (var in = JobGraphTest.class.getResourceAsStream("/golden/" + name)) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
