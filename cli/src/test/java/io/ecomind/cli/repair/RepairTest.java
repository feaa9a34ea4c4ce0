package io.ecomind.cli.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.jobs.enrichment.EnrichmentJob;
import io.ecomind.jobs.enrichment.MissingRecordEnricher.RepairDisposition;
import io.ecomind.jobs.projection.DailyAggregationJob;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.service.http.ManagementAddress;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestDatabase;
import io.ecomind.worker.WorkerConfig;
import io.ecomind.worker.WorkerService;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint whose transaction Kafka dropped: the enrichment has passed the records, and the ledger lacks them. */
@Tag("integration")
@Tag("ci")
class RepairTest {
    private static final Duration DEADLINE = Duration.ofSeconds(90);
    private static final int COUNTED = 40;

    private final TestDatabase database = TestDatabase.get();
    private final String org = "repair-" + Long.toString(System.nanoTime(), 36);
    private final Instant ts = Instant.now().minus(Duration.ofMinutes(20)).truncatedTo(ChronoUnit.MICROS);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private KafkaProducer<byte[], byte[]> producer;

    @SuppressWarnings("NullAway.Init")
    private Admin admin;

    @Test
    void exactly_the_lost_records_are_found_and_appended_and_counted_once() throws Exception {
        database.addOrganisation(org, "team", "UTC");
        int[] ports = FreePorts.find(2);
        try (var broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1])) {
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
            producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
            admin = Admin.create(client);
            var endpoints = new Endpoints(
                    1,
                    "",
                    "",
                    Map.of(
                            "pipeline",
                            new DatabaseAddress(database.jdbcUrl(), "ecomind_pipeline", database.password())),
                    KafkaSettings.plaintext(broker.bootstrapServers()),
                    null);
            try (WorkerService worker = worker(broker.bootstrapServers())) {
                assertThat(worker.readiness()).isNotEmpty();
                JobConfig config = JobConfig.of(
                        broker.bootstrapServers(),
                        database.jdbcUrl(),
                        "ecomind_pipeline",
                        database.password().value());
                JobClient daily = daily(config);
                enrich(config);
                lose(endpoints);
                repairLost(endpoints);
                repairsFenceEachOther(endpoints);
                seal(endpoints);
                repairSealed(endpoints);
                daily.cancel().get();
            } finally {
                producer.close();
                admin.close();
            }
        }
    }

    private void enrich(JobConfig config) throws Exception {
        StreamExecutionEnvironment env = environment("enrichment");
        EnrichmentJob.build(
                env,
                config,
                EnrichmentJob.EnrichmentSources.kafka(config),
                EnrichmentJob.EnrichmentSinks.kafka(config));
        JobClient enrichment = env.executeAsync();
        for (int i = 0; i < COUNTED; i++) {
            raw(i % 4, event("e" + i));
        }
        everywhere(Topic.EVENTS_RAW, rawHeartbeat(Instant.now()));
        await(() -> number("SELECT sum(call_count) FROM daily_org_agg WHERE org_id = '" + org + "'"), COUNTED);
        // A stop with a savepoint leaves no transaction open.
        enrichment
                .stopWithSavepoint(
                        false, directory.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
    }

    /** What the job would leave behind: its place is committed, its transaction is not. */
    private void lose(Endpoints endpoints) throws Exception {
        for (int i = 0; i < 5; i++) {
            raw(i % 2, event("lost-" + i));
        }
        raw(0, event("lost-0"));
        raw(0, event("e0"));
        raw(1, event("stranger").setOrgId("nobody-" + org));
        write(Topic.EVENTS_RAW, 1, new byte[] {9, 9, 9});
        passEnrichment();
        // What cannot be read counts from its append, and is settled when the ledger's time is well behind that.
        everywhere(Topic.EVENTS_ENRICHED, heartbeat(Instant.now().plusSeconds(60)));

        await(() -> number("SELECT count_missing()"), 8);
        assertThat(number("SELECT count(*) FROM reconciliation_missing WHERE org_id = '" + org + "'"))
                .isEqualTo(6);
        // Each partition is settled by itself.
        await(() -> number("SELECT sum(live) FROM reconciliation_ranges"), COUNTED);
        assertThat(number("SELECT sum(duplicates) FROM reconciliation_ranges")).isEqualTo(1);
        VerificationReport report = Verification.run(endpoints, new Selection(org, null, null), line -> {});
        // The two that name no organisation of ours are left out.
        assertThat(report.missing()).isEqualTo(6);
        assertThat(report.exact()).isFalse();
    }

    private void repairLost(Endpoints endpoints) throws Exception {
        Repair.RepairResult looked = Repair.preview(endpoints, line -> {});
        assertThat(looked.records()).hasSize(8);
        assertThat(Repair.preview(endpoints, line -> {}).records()).hasSize(8);

        Repair.RepairResult repaired = Repair.run(endpoints, line -> {});

        assertThat(repaired.count(RepairDisposition.COUNTED)).isEqualTo(5);
        assertThat(repaired.count(RepairDisposition.REJECTED)).isEqualTo(2);
        assertThat(repaired.count(RepairDisposition.DUPLICATE)).isEqualTo(1);
        assertThat(repaired.undecided()).isZero();
        assertThat(Repair.run(endpoints, line -> {}).records()).isEmpty();
        everywhere(Topic.EVENTS_ENRICHED, heartbeat(Instant.now()));
        await(() -> number("SELECT sum(call_count) FROM daily_org_agg WHERE org_id = '" + org + "'"), COUNTED + 5);
        await(() -> number("SELECT count_missing()"), 0);
        VerificationReport report = Verification.run(endpoints, new Selection(org, null, null), line -> {});
        assertThat(report.findings().lines()).isEmpty();
        assertThat(report.live()).isEqualTo(COUNTED + 5);
        assertThat(report.duplicate()).isEqualTo(2);
        // Rated as the others: by the same set, with the same result.
        assertThat(number("SELECT count(DISTINCT (factor_set, match, kwh, water_l, co2_kg)) FROM events_enriched"
                        + " WHERE org_id = '" + org + "'"))
                .isEqualTo(1);
    }

    private void repairsFenceEachOther(Endpoints endpoints) throws Exception {
        try (var other = new KafkaProducer<>(
                Map.<String, Object>of(
                        "bootstrap.servers",
                        endpoints.kafkaBootstrapServers(),
                        "transactional.id",
                        Repair.TRANSACTIONAL_ID),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            other.initTransactions();
            other.beginTransaction();
            other.send(new ProducerRecord<>(Topic.EVENTS_ENRICHED.topicName(), 0, null, heartbeat(ts)))
                    .get(30, TimeUnit.SECONDS);
            assertThat(Repair.run(endpoints, line -> {}).records()).isEmpty();
            assertThatThrownBy(other::commitTransaction).isInstanceOf(KafkaException.class);
        }
    }

    /** The windows have counted what was repaired while the day was open. */
    private void seal(Endpoints endpoints) throws Exception {
        everywhere(Topic.EVENTS_ENRICHED, heartbeat(ts.plus(Duration.ofDays(9))));
        await(
                () -> number("SELECT count(*) FILTER (WHERE state = 'sealed') * 100 / count(*) FROM day_states"
                        + " WHERE org_id = '" + org + "'"),
                100);
        assertThat(number("SELECT sum(call_count) FROM daily_control WHERE org_id = '" + org + "'"))
                .isEqualTo(COUNTED + 5);
        assertThat(verified(endpoints)).isEmpty();
        sql("UPDATE daily_control SET call_count = call_count + 1 WHERE org_id = '" + org + "'");
        assertThat(verified(endpoints)).anyMatch(line -> line.startsWith("daily_control is not the sum of its rows"));
        sql("UPDATE daily_control SET call_count = call_count - 1 WHERE org_id = '" + org + "'");
    }

    private void repairSealed(Endpoints endpoints) throws Exception {
        raw(0, event("lost-late"));
        passEnrichment();
        assertThat(Repair.run(endpoints, line -> {}).count(RepairDisposition.COUNTED))
                .isEqualTo(1);
        everywhere(Topic.EVENTS_ENRICHED, heartbeat(ts.plus(Duration.ofDays(9))));
        await(() -> number("SELECT count(*) FROM day_states WHERE needs_restatement AND org_id = '" + org + "'"), 1);
        assertThat(number(
                        "SELECT rating_version FROM events_enriched WHERE id = 'lost-late' AND org_id = '" + org + "'"))
                .isZero();
        assertThat(verified(endpoints)).isEmpty();
    }

    private List<String> verified(Endpoints endpoints) {
        return Verification.run(endpoints, new Selection(org, null, null), line -> {})
                .findings()
                .lines();
    }

    private WorkerService worker(String bootstrapServers) {
        return WorkerService.start(
                new WorkerConfig(
                        ManagementAddress.onLoopback(),
                        database.jdbcUrl(),
                        "ecomind_worker",
                        database.password(),
                        KafkaSettings.plaintext(bootstrapServers),
                        Duration.ofMillis(500)),
                Clock.systemUTC(),
                new PrometheusRegistry());
    }

    private JobClient daily(JobConfig config) throws Exception {
        StreamExecutionEnvironment env = environment("daily");
        DailyAggregationJob.build(
                env,
                config,
                DailyAggregationJob.AggregationSources.kafka(config),
                DailyAggregationJob.AggregationSinks.tables(config));
        return env.executeAsync();
    }

    private StreamExecutionEnvironment environment(String name) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(
                2, JobEnvironment.local(directory.resolve(name), Duration.ofMillis(300)));
        env.setParallelism(2);
        return env;
    }

    private void passEnrichment() throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int partition = 0; partition < Topic.EVENTS_RAW.partitions(); partition++) {
            wanted.put(new TopicPartition(Topic.EVENTS_RAW.topicName(), partition), OffsetSpec.latest());
        }
        Map<TopicPartition, OffsetAndMetadata> passed = new HashMap<>();
        admin.listOffsets(wanted)
                .all()
                .get(30, TimeUnit.SECONDS)
                .forEach((partition, end) -> passed.put(partition, new OffsetAndMetadata(end.offset())));
        admin.alterConsumerGroupOffsets(ConsumerGroups.ENRICHMENT, passed).all().get(30, TimeUnit.SECONDS);
    }

    private UsageEvent.Builder event(String id) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, ts);
        return UsageEvent.newBuilder()
                .setOrgId(org)
                .setSource("sdk")
                .setId(id)
                .setTsMicros(micros)
                .setReceivedAtMicros(micros + 1_000_000)
                .setUserId("user-1")
                .setProvider("openai")
                .setModel("gpt-4o")
                .setTokensIn(100)
                .setTokensOut(10)
                .setModality("text");
    }

    private void raw(int partition, UsageEvent.Builder event) throws Exception {
        write(
                Topic.EVENTS_RAW,
                partition,
                RawRecord.newBuilder().setEvent(event).build().toByteArray());
    }

    private static byte[] rawHeartbeat(Instant at) {
        return RawRecord.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, at)))
                .build()
                .toByteArray();
    }

    private static byte[] heartbeat(Instant at) {
        return EnrichedRecord.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, at)))
                .build()
                .toByteArray();
    }

    private void everywhere(Topic topic, byte[] value) throws Exception {
        for (int partition = 0; partition < topic.partitions(); partition++) {
            write(topic, partition, value);
        }
    }

    private void write(Topic topic, int partition, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(topic.topicName(), partition, null, value))
                .get(30, TimeUnit.SECONDS);
    }

    private static void await(Callable<Long> figure, long wanted) {
        Awaitility.await()
                .atMost(DEADLINE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(100))
                .until(figure, Predicate.isEqual(wanted));
    }

    /** 0 while there is no row. */
    private long number(String query) throws SQLException {
        try (Connection connection = database.as("ecomind_pipeline").getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement prepared = connection.createStatement()) {
            prepared.execute(statement);
        }
    }
}
