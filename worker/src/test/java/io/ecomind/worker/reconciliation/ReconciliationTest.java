package io.ecomind.worker.reconciliation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ecomind.connect.KafkaLogReader;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestDatabase;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of events.raw whose results the test writes itself, on a real broker and a real database. */
@Tag("integration")
@Tag("ci")
class ReconciliationTest {
    private static final TestDatabase DATABASE = TestDatabase.get();
    private static final AtomicInteger ORGANISATIONS = new AtomicInteger();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static EmbeddedKafkaBroker broker;
    private static KafkaProducer<byte[], byte[]> producer;
    private static Admin admin;

    /** Each test has a partition of its own, which is empty. */
    private static int partition = -1;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private final PrometheusRegistry metrics = new PrometheusRegistry();
    private String org = "";
    private Handle handle;
    private KafkaLogReader log;
    private Reconciliation check;

    @BeforeAll
    static void start() {
        int[] ports = FreePorts.find(2);
        broker = EmbeddedKafkaBroker.start(directory.resolve("kafka"), ports[0], ports[1]);
        EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterAll
    static void stop() throws Exception {
        sql("DELETE FROM projection_offsets");
        admin.close();
        producer.close();
        broker.close();
    }

    @BeforeEach
    void prepare() throws Exception {
        partition++;
        org = newOrganisation();
        sql("DELETE FROM projection_offsets");
        sql("TRUNCATE reconciliation_ranges, reconciliation_missing");
        handle = Jdbi.create(DATABASE.as("ecomind_worker"))
                .installPlugin(new PostgresPlugin())
                .open();
        log = new KafkaLogReader(KafkaSettings.plaintext(broker.bootstrapServers()));
        check = new Reconciliation(handle, log, new ReconciliationMetrics(metrics, Clock.systemUTC()));
    }

    @AfterEach
    void close() {
        log.close();
        handle.close();
    }

    @Test
    void every_record_is_exactly_one_thing_and_what_is_lost_is_named() throws Exception {
        heartbeat(now.minusSeconds(120));
        count(event("live", now.minusSeconds(100)), false);
        raw(event("live", now.minusSeconds(100)));
        count(event("late", now.minus(Duration.ofDays(8))), true);
        long rejected = raw(event("refused", now.minusSeconds(100)));
        reject(rejected, true);
        long inTopicOnly = raw(event("refused-2", now.minusSeconds(100)));
        reject(inTopicOnly, false);
        long first = raw(event("lost", now.minusSeconds(90)));
        raw(event("live", now.minusSeconds(70)).setTsDefaulted(true));
        long second = write(Topic.EVENTS_RAW, new byte[] {9, 9, 9});

        checkAll();

        assertThat(row("SELECT concat_ws(' ', sum(heartbeats), sum(live), sum(late), sum(duplicates), sum(rejected),"
                        + " sum(missing), min(from_offset), max(to_offset)) FROM reconciliation_ranges"))
                .isEqualTo("1 1 1 2 2 2 0 9");
        assertThat(row("SELECT string_agg(raw_offset || ':' || event_id, ' ' ORDER BY raw_offset)"
                        + " FROM reconciliation_missing WHERE raw_partition = " + partition))
                .isEqualTo(first + ":lost " + second + ":");
        assertThat(scraped("ecomind_reconciliation_records_total", "missing")).isEqualTo(2);
        assertThat(scraped("ecomind_reconciliation_records_total", "live")).isEqualTo(1);
    }

    @Test
    void what_the_tables_refused_is_rejected_and_its_copies_are_duplicates() throws Exception {
        reject("projection", "refused", raw(event("refused", now.minusSeconds(100))), true);
        raw(event("refused", now.minusSeconds(90)));
        reject("projection", "refused-2", raw(event("refused-2", now.minusSeconds(80))), false);

        checkAll();

        assertThat(
                        row(
                                "SELECT concat_ws(' ', sum(duplicates), sum(rejected), sum(missing)) FROM reconciliation_ranges"))
                .isEqualTo("1 2 0");
    }

    @Test
    void what_is_repaired_is_resolved_and_its_repeat_with_it() throws Exception {
        UsageEvent.Builder event = event("lost", now.minusSeconds(90));
        long lost = raw(event);
        raw(event);
        checkAll();
        assertThat(open()).isEqualTo("2");

        insertRow(event, lost, false);
        check.round();

        assertThat(open()).isEqualTo("0");
        check.round();
        assertThat(row("SELECT count(*) FROM reconciliation_missing WHERE resolved_at IS NOT NULL"))
                .isEqualTo("2");
    }

    @Test
    void nothing_is_said_of_records_whose_results_may_still_come() throws Exception {
        raw(event("waiting", now.minusSeconds(90)));
        write(Topic.EVENTS_ENRICHED, new byte[] {1});
        commit(1);
        project(0, now);
        check.round();
        check.round();
        assertThat(ranges()).as("the projection is behind").isZero();

        project(1, now.minusSeconds(80));
        check.round();
        check.round();
        assertThat(ranges()).as("it may wait for its organisation").isZero();

        project(1, now.minusSeconds(70));
        check.round();
        assertThat(row("SELECT sum(missing) FROM reconciliation_ranges")).isEqualTo("1");
    }

    @Test
    void an_open_transaction_that_may_hold_the_result_is_waited_for_and_named() throws Exception {
        raw(event("in-flight", now.minusSeconds(90)));
        var config = Map.<String, Object>of(
                "bootstrap.servers", broker.bootstrapServers(), "transactional.id", "ecomind-enriched-test-0");
        try (var writer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            writer.initTransactions();
            writer.beginTransaction();
            writer.send(new ProducerRecord<>(Topic.EVENTS_ENRICHED.topicName(), partition, null, new byte[] {1}))
                    .get(30, TimeUnit.SECONDS);
            var monitor = new LastStableOffsetMonitor(Duration.ofMinutes(5));
            assertThat(monitor.check(log, now)).isEqualTo(new LsoStatus(1, Duration.ZERO));
            assertThat(monitor.check(log, now.plusSeconds(400)).unchangedFor()).isEqualTo(Duration.ofSeconds(400));
            assertThat(LastStableOffsetMonitor.openTransactions(log, List.of(partition)))
                    .containsExactly("ecomind-enriched-test-0");
            commit(1);
            project(0, now);
            check.round();
            check.round();
            assertThat(ranges()).isZero();

            writer.abortTransaction();
            // The marker follows the answer.
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(monitor.check(log, now.plusSeconds(500)))
                            .isEqualTo(new LsoStatus(0, Duration.ZERO)));
        }
        project(2, now);
        check.round();
        assertThat(row("SELECT sum(missing) FROM reconciliation_ranges")).isEqualTo("1");
    }

    @Test
    void days_in_dispute_raise_the_alarm() throws Exception {
        var tables = new ReconciliationTables(handle);
        long before = tables.status(12).disputedDays();
        try (Connection owner = DATABASE.owner().getConnection();
                PreparedStatement insert = owner.prepareStatement(
                        "INSERT INTO day_states (org_id, date, day_end, state) VALUES (?, CAST(? AS date), now(), ?)")) {
            for (String[] day : new String[][] {
                {org, "2026-03-02", "disputed"}, {org, "2026-03-01", "disputed"}, {org, "2026-03-03", "sealed"}
            }) {
                insert.setString(1, day[0]);
                insert.setString(2, day[1]);
                insert.setString(3, day[2]);
                insert.executeUpdate();
            }
        }

        ReconciliationStatus status = tables.status(12);
        assertThat(status.disputedDays()).isEqualTo(before + 2);
        var registry = new PrometheusRegistry();
        new ReconciliationMetrics(registry, Clock.systemUTC()).status(status);
        assertThat(registry.scrape().stream()
                        .filter(metric -> metric.getMetadata().getName().equals("ecomind_days_disputed"))
                        .flatMap(metric -> ((GaugeSnapshot) metric).getDataPoints().stream())
                        .map(GaugeSnapshot.GaugeDataPointSnapshot::getValue))
                .containsExactly(before + 2.0);
    }

    @Test
    void the_worker_reads_no_tenant_row_beside_the_functions() throws Exception {
        raw(event("lost", now.minusSeconds(90)));
        checkAll();
        try (Connection connection = DATABASE.as("ecomind_worker").getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM reconciliation_missing")) {
            rows.next();
            assertThat(rows.getLong(1)).isZero();
        }
        assertThat(open()).isEqualTo("1");
    }

    private UsageEvent.Builder event(String id, Instant ts) {
        Instant received = ts.isBefore(now.minus(Duration.ofDays(1))) ? now.minusSeconds(95) : ts.plusSeconds(1);
        return UsageEvent.newBuilder()
                .setOrgId(org)
                .setSource("sdk")
                .setId(id)
                .setUserId("user")
                .setProvider("openai")
                .setTsMicros(micros(ts))
                .setReceivedAtMicros(micros(received));
    }

    private long raw(UsageEvent.Builder event) throws Exception {
        return write(
                Topic.EVENTS_RAW, RawRecord.newBuilder().setEvent(event).build().toByteArray());
    }

    private void heartbeat(Instant at) throws Exception {
        write(
                Topic.EVENTS_RAW,
                RawRecord.newBuilder()
                        .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(micros(at)))
                        .build()
                        .toByteArray());
    }

    private void count(UsageEvent.Builder event, boolean late) throws Exception {
        insertRow(event, raw(event), late);
    }

    private void insertRow(UsageEvent.Builder event, long offset, boolean late) throws Exception {
        sql(
                """
                INSERT INTO events_enriched (org_id, ts, source, id, received_at, local_date, late, user_id, provider,
                    model, project, environment, region, node_type, modality, tokens_in, tokens_out, factor_set, match,
                    grid_match, evidence_tier, api_key_id, raw_partition, raw_offset, rating_version)
                VALUES (?, ?, 'sdk', ?, now(), current_date, ?, 'user', 'openai', '', '', '', '', '', 'text', 1, 1, 's',
                    'none', 'none', 0, '', ?, ?, 1)""",
                org,
                OffsetDateTime.ofInstant(Instant.EPOCH.plus(event.getTsMicros(), ChronoUnit.MICROS), ZoneOffset.UTC),
                event.getId(),
                late,
                partition,
                offset);
    }

    private void reject(long rawOffset, boolean projected) throws Exception {
        reject("job", "", rawOffset, projected);
    }

    private void reject(String origin, String eventId, long rawOffset, boolean projected) throws Exception {
        long offset = write(
                Topic.EVENTS_REJECTED,
                Rejection.newBuilder()
                        .setOrigin(origin)
                        .setRawPartition(partition)
                        .setRawOffset(rawOffset)
                        .build()
                        .toByteArray());
        if (projected) {
            sql("""
                    INSERT INTO events_rejected (rejected_partition, rejected_offset, org_id, rejected_at, origin, code,
                        field, message, source, event_id, user_id, raw_partition, raw_offset, payload, payload_truncated)
                    VALUES (?, ?, ?, now(), ?, 'id_conflict', '', '', 'sdk', ?, '', ?, ?, '', false)
                    ON CONFLICT DO NOTHING""", partition + 1_000, offset, org, origin, eventId, partition, rawOffset);
        }
    }

    private static long write(Topic topic, byte[] value) throws Exception {
        return producer.send(new ProducerRecord<>(topic.topicName(), partition, null, value))
                .get(30, TimeUnit.SECONDS)
                .offset();
    }

    /** As if enrichment and projection had done all that they will. */
    private void checkAll() throws Exception {
        commit(Long.MAX_VALUE);
        // What cannot be read counts from its append, which is after the beginning of the test.
        project(1, now.plus(Duration.ofHours(1)));
        check.round();
        check.round();
    }

    private void commit(long offset) throws Exception {
        long end = Math.min(offset, log.ends(Topic.EVENTS_RAW).getOrDefault(partition, 0L));
        admin.alterConsumerGroupOffsets(
                        ConsumerGroups.ENRICHMENT,
                        Map.of(new TopicPartition(Topic.EVENTS_RAW.topicName(), partition), new OffsetAndMetadata(end)))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    private static void project(long nextOffset, @Nullable Instant through) throws Exception {
        sql(
                "INSERT INTO projection_offsets (partition, next_offset, received_through) VALUES (?, ?, ?)"
                        + " ON CONFLICT (partition) DO UPDATE SET next_offset = EXCLUDED.next_offset,"
                        + " received_through = EXCLUDED.received_through",
                partition,
                nextOffset,
                through == null ? null : OffsetDateTime.ofInstant(through, ZoneOffset.UTC));
    }

    private static String open() throws Exception {
        return row("SELECT count(*) FROM reconciliation_missing WHERE resolved_at IS NULL");
    }

    private static long ranges() throws Exception {
        return Long.parseLong(row("SELECT count(*) FROM reconciliation_ranges WHERE partition = " + partition));
    }

    private static String newOrganisation() throws Exception {
        String id = "reconciliation-" + ORGANISATIONS.incrementAndGet();
        DATABASE.addOrganisation(id, "team", "UTC");
        return id;
    }

    private static void sql(String statement, @Nullable Object... values) throws Exception {
        try (Connection connection = DATABASE.owner().getConnection();
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int i = 0; i < values.length; i++) {
                prepared.setObject(i + 1, values[i]);
            }
            prepared.execute();
        }
    }

    private static String row(String query) throws Exception {
        try (Connection connection = DATABASE.owner().getConnection();
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    private double scraped(String name, String outcome) {
        return metrics.scrape().stream()
                .filter(metric -> (metric.getMetadata().getName() + "_total").equals(name))
                .flatMap(metric -> metric.getDataPoints().stream())
                .filter(point -> outcome.equals(point.getLabels().get("outcome")))
                .mapToDouble(point -> ((io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot)
                                point)
                        .getValue())
                .sum();
    }

    private static long micros(Instant moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
    }
}
