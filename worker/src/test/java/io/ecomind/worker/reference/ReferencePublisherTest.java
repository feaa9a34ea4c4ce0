package io.ecomind.worker.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestDatabase;
import io.ecomind.testkit.TopicContent;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a broker of its own: the tests stop it and wipe its topic. */
@Tag("integration")
class ReferencePublisherTest {
    private static final TestDatabase DATABASE = TestDatabase.get();
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int[] PORTS = FreePorts.find(2);
    private static final List<OutboxRow> SHIPPED = new ArrayList<>();

    @TempDir
    static Path directory;

    private static EmbeddedKafkaBroker broker;

    private final PrometheusRegistry metrics = new PrometheusRegistry();

    private record OutboxRow(String key, long version, String entry, boolean published) {}

    @BeforeAll
    static void startBroker() throws Exception {
        broker = startedBroker();
        SHIPPED.addAll(
                rows().stream().filter(row -> !row.key().startsWith("org/")).toList());
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void emptyTopicAndOutbox() throws Exception {
        sql("DELETE FROM reference_outbox");
        wipeTopic();
    }

    @Test
    void entries_come_in_the_order_of_versions_and_the_manifest_last() throws Exception {
        add("org/b", 12, "\"organisation\": {\"id\": \"b\"}");
        add("org/a", 10, "\"organisation\": {\"id\": \"a\"}");
        add("org/c", 11, "\"deleted\": true");

        List<ReferenceRecord> records;
        try (var publisher = start(metrics)) {
            records = awaitManifest(1);
        }

        assertThat(records.stream().limit(3).map(record -> record.getEntry().getKey()))
                .containsExactly("org/a", "org/c", "org/b");
        assertThat(records.get(1).getEntry().getDeleted()).isTrue();
        assertThat(records.get(0).getEntry().getOrganisation().getId()).isEqualTo("a");
        assertThat(records).hasSize(4);
        ReferenceManifest manifest = records.get(3).getManifest();
        assertThat(manifest.getVersion()).isEqualTo(12);
        assertThat(manifest.getEntries()).isEqualTo(2);
        assertThat(manifest.getSha256().toByteArray()).isEqualTo(sha256("org/a 10\norg/b 12\n"));
        assertThat(rows()).hasSize(3).allMatch(OutboxRow::published);
        assertThat(value(metrics, "ecomind_reference_published")).isEqualTo(3);
        assertThat(value(metrics, "ecomind_reference_outbox_unpublished_rows")).isZero();
        assertThat(value(metrics, "ecomind_reference_publish_failures")).isZero();
    }

    @Test
    void the_key_in_kafka_is_the_entitys() throws Exception {
        add("org/ä", 1, "\"deleted\": true");

        try (var publisher = start(metrics)) {
            awaitManifest(1);
        }

        assertThat(consume().stream().map(record -> new String(record.key(), StandardCharsets.UTF_8)))
                .containsExactly("org/ä", "manifest");
    }

    @Test
    void a_superseded_version_leaves_the_outbox_and_the_manifest() throws Exception {
        add("org/a", 1, "\"organisation\": {\"id\": \"a\"}");
        add("org/a", 3, "\"organisation\": {\"id\": \"a\"}");
        add("org/b", 2, "\"organisation\": {\"id\": \"b\"}");

        ReferenceManifest manifest;
        try (var publisher = start(metrics)) {
            manifest = lastManifest(awaitManifest(1));
        }

        assertThat(manifest.getEntries()).isEqualTo(2);
        assertThat(manifest.getSha256().toByteArray()).isEqualTo(sha256("org/a 3\norg/b 2\n"));
        assertThat(rows().stream().map(row -> row.key() + " " + row.version())).containsExactly("org/a 3", "org/b 2");
    }

    @Test
    void a_change_is_followed_by_a_new_manifest_and_quiet_by_none() throws Exception {
        add("org/a", 1, "\"organisation\": {\"id\": \"a\"}");
        try (var publisher = start(metrics)) {
            awaitManifest(1);
            add("org/a", 2, "\"deleted\": true");
            List<ReferenceRecord> records = awaitManifest(2);

            assertThat(lastManifest(records).getVersion()).isEqualTo(2);
            assertThat(lastManifest(records).getEntries()).isZero();
            assertThat(lastManifest(records).getSha256().toByteArray()).isEqualTo(sha256(""));
            assertThat(records.stream().map(ReferenceRecord::hasManifest)).containsExactly(false, true, false, true);
        }
    }

    @Test
    void triggers_write_what_the_publisher_can_read() throws Exception {
        for (OutboxRow row : SHIPPED) {
            sql(
                    "INSERT INTO reference_outbox (entity_key, version, entry) VALUES (?, ?, CAST(? AS jsonb))",
                    row.key(),
                    row.version(),
                    row.entry());
        }
        String org = "publisher-" + System.nanoTime();
        DATABASE.addOrganisation(org, "team", "Europe/Berlin");

        List<ReferenceRecord> records;
        try (var publisher = start(metrics)) {
            records = awaitManifest(1);
        }

        List<ReferenceEntry> entries = records.stream()
                .filter(ReferenceRecord::hasEntry)
                .map(ReferenceRecord::getEntry)
                .toList();
        assertThat(SHIPPED.size()).isGreaterThan(10);
        assertThat(entries)
                .anyMatch(entry ->
                        entry.hasFactorSet() && entry.getFactorSet().getId().equals("ecomind-2026.1"));
        assertThat(entries)
                .anyMatch(entry -> entry.hasFactorSetPart()
                        && !entry.getFactorSetPart().getText().isEmpty());
        assertThat(entries)
                .anyMatch(entry -> entry.getKey().equals("org/" + org)
                        && entry.getOrganisation().getTimeZonesList().stream()
                                .anyMatch(
                                        zone -> zone.getZone().equals("Europe/Berlin") && zone.getFromEpochDay() == 0));
        assertThat(lastManifest(records).getEntries()).isEqualTo(SHIPPED.size() + 1);
    }

    @Test
    void more_rows_than_a_batch_are_all_published() throws Exception {
        int count = ReferencePublisher.BATCH * 2 + 1;
        sql(
                "INSERT INTO reference_outbox (entity_key, version, entry)"
                        + " SELECT 'org/' || n, n, jsonb_build_object('key', 'org/' || n, 'version', CAST(n AS text),"
                        + " 'organisation', jsonb_build_object('id', CAST(n AS text))) FROM generate_series(1, ?) AS n",
                count);

        List<ReferenceRecord> records;
        try (var publisher = start(metrics)) {
            records = awaitManifest(1);
        }

        assertThat(records).hasSize(count + 1);
        assertThat(lastManifest(records).getEntries()).isEqualTo(count);
        assertThat(value(metrics, "ecomind_reference_published")).isEqualTo(count);
    }

    @Test
    void only_one_of_two_publishes_and_the_other_takes_over() throws Exception {
        var secondMetrics = new PrometheusRegistry();
        var first = start(metrics);
        try (first) {
            awaitManifest(1);
            try (var second = start(secondMetrics)) {
                // The gauge is set in each round, so the second one is alive and sees the row.
                for (int version = 1; version <= 5; version++) {
                    add("org/a", version, "\"organisation\": {\"id\": \"a\"}");
                    awaitManifest(1 + version);
                }
                assertThat(value(metrics, "ecomind_reference_published")).isEqualTo(5);
                assertThat(value(secondMetrics, "ecomind_reference_published")).isZero();

                first.close();
                add("org/a", 6, "\"organisation\": {\"id\": \"a\"}");
                await(() -> value(secondMetrics, "ecomind_reference_published") == 1);
                assertThat(value(metrics, "ecomind_reference_published")).isEqualTo(5);
            }
        }
    }

    @Test
    void a_lock_held_elsewhere_keeps_everything_unpublished() throws Exception {
        try (Connection other = DATABASE.as("ecomind_worker").getConnection()) {
            assertThat(AdvisoryLock.REFERENCE_PUBLISHER.tryLock(other)).isTrue();
            add("org/a", 1, "\"organisation\": {\"id\": \"a\"}");
            try (var publisher = start(metrics)) {
                await(() -> value(metrics, "ecomind_reference_outbox_unpublished_rows") == 1);
                add("org/b", 2, "\"organisation\": {\"id\": \"b\"}");
                await(() -> value(metrics, "ecomind_reference_outbox_unpublished_rows") == 2);
                assertThat(consume()).isEmpty();

                other.close();
                assertThat(lastManifest(awaitManifest(1)).getEntries()).isEqualTo(2);
            }
        }
    }

    @Test
    void a_broker_that_goes_down_and_comes_up_loses_nothing() throws Exception {
        try (var publisher = start(metrics)) {
            add("org/a", 1, "\"organisation\": {\"id\": \"a\"}");
            awaitManifest(1);

            broker.close();
            add("org/b", 2, "\"organisation\": {\"id\": \"b\"}");
            await(() -> value(metrics, "ecomind_reference_publish_failures") > 0);
            assertThat(rows().stream().filter(row -> !row.published()).map(OutboxRow::key))
                    .containsExactly("org/b");
            broker = startedBroker();

            await(() -> rows().stream().allMatch(OutboxRow::published));
            await(() -> lastManifestIs(sha256("org/a 1\norg/b 2\n")));
        }
    }

    @Test
    void a_wiped_topic_gets_the_current_state_again() throws Exception {
        add("org/a", 1, "\"organisation\": {\"id\": \"a\"}");
        add("org/a", 2, "\"organisation\": {\"id\": \"a\"}");
        add("org/gone", 3, "\"deleted\": true");
        try (var publisher = start(metrics)) {
            awaitManifest(1);
        }
        wipeTopic();

        List<ReferenceRecord> records;
        try (var publisher = start(new PrometheusRegistry())) {
            records = awaitManifest(1);
        }

        assertThat(records.stream().limit(2).map(record -> record.getEntry().getKey()))
                .containsExactly("org/a", "org/gone");
        assertThat(records).hasSize(3);
        assertThat(lastManifest(records).getSha256().toByteArray()).isEqualTo(sha256("org/a 2\n"));
        assertThat(rows()).allMatch(OutboxRow::published);
    }

    @Test
    void a_restart_publishes_the_manifest_but_no_entry_again() throws Exception {
        add("org/a", 1, "\"organisation\": {\"id\": \"a\"}");
        try (var publisher = start(metrics)) {
            awaitManifest(1);
        }

        List<ReferenceRecord> records;
        try (var publisher = start(new PrometheusRegistry())) {
            records = awaitManifest(2);
        }

        assertThat(records.stream().map(ReferenceRecord::hasEntry)).containsExactly(true, false, false);
        assertThat(records.get(2)).isEqualTo(records.get(1));
    }

    @Test
    void a_row_that_cannot_be_read_is_heard_of_and_stays() throws Exception {
        add("org/a", 1, "\"nonsense\": 1");
        try (var publisher = start(metrics)) {
            await(() -> value(metrics, "ecomind_reference_publish_failures") > 1);
            assertThat(rows()).noneMatch(OutboxRow::published);
            assertThat(consume()).isEmpty();

            sql("DELETE FROM reference_outbox");
            add("org/b", 2, "\"organisation\": {\"id\": \"b\"}");
            assertThat(lastManifest(awaitManifest(1)).getVersion()).isEqualTo(2);
        }
    }

    private static ReferencePublisher start(PrometheusRegistry metrics) {
        return ReferencePublisher.start(
                DATABASE.jdbcUrl(),
                "ecomind_worker",
                DATABASE.password(),
                KafkaSettings.plaintext(broker.bootstrapServers()),
                metrics);
    }

    private static EmbeddedKafkaBroker startedBroker() {
        var started = EmbeddedKafkaBroker.start(directory, PORTS[0], PORTS[1]);
        EmbeddedKafkaBroker.createTopics(started.bootstrapServers(), (short) 1);
        return started;
    }

    private static void wipeTopic() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            String topic = Topic.REFERENCE.topicName();
            admin.deleteTopics(List.of(topic)).all().get();
            await(() -> !admin.listTopics().names().get().contains(topic));
        }
        EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
    }

    private static void add(String key, long version, String body) throws SQLException {
        sql(
                "INSERT INTO reference_outbox (entity_key, version, entry) VALUES (?, ?, CAST(? AS jsonb))",
                key,
                version,
                "{\"key\": \"" + key + "\", \"version\": \"" + version + "\", " + body + "}");
    }

    private static void sql(String statement, Object... values) throws SQLException {
        try (Connection connection = DATABASE.owner().getConnection();
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int i = 0; i < values.length; i++) {
                prepared.setObject(i + 1, values[i]);
            }
            prepared.execute();
        }
    }

    private static List<OutboxRow> rows() throws SQLException {
        try (Connection connection = DATABASE.owner().getConnection();
                PreparedStatement query = connection.prepareStatement("""
                        SELECT entity_key, version, entry, published_at IS NOT NULL
                        FROM reference_outbox ORDER BY entity_key COLLATE "C", version""");
                ResultSet result = query.executeQuery()) {
            List<OutboxRow> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(new OutboxRow(
                        result.getString(1), result.getLong(2), result.getString(3), result.getBoolean(4)));
            }
            return rows;
        }
    }

    /** All records, once there are that many manifests and everything is marked. */
    private static List<ReferenceRecord> awaitManifest(int count) throws Exception {
        await(() -> records().stream().filter(ReferenceRecord::hasManifest).count() >= count
                && rows().stream().allMatch(OutboxRow::published));
        return records();
    }

    private static boolean lastManifestIs(byte[] hash) throws Exception {
        List<ReferenceRecord> records = records();
        return !records.isEmpty()
                && MessageDigest.isEqual(
                        records.get(records.size() - 1)
                                .getManifest()
                                .getSha256()
                                .toByteArray(),
                        hash);
    }

    private static ReferenceManifest lastManifest(List<ReferenceRecord> records) {
        return records.get(records.size() - 1).getManifest();
    }

    private static List<ReferenceRecord> records() throws Exception {
        List<ReferenceRecord> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consume()) {
            records.add(ReferenceRecord.parseFrom(record.value()));
        }
        return records;
    }

    private static List<ConsumerRecord<byte[], byte[]>> consume() {
        return TopicContent.read(broker.bootstrapServers(), Topic.REFERENCE);
    }

    private static double value(PrometheusRegistry registry, String name) {
        for (MetricSnapshot snapshot : registry.scrape()) {
            if (snapshot.getMetadata().getName().equals(name)) {
                if (snapshot instanceof CounterSnapshot counter) {
                    return counter.getDataPoints().get(0).getValue();
                }
                if (snapshot instanceof GaugeSnapshot gauge) {
                    return gauge.getDataPoints().get(0).getValue();
                }
            }
        }
        throw new AssertionError("there is no metric " + name);
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(DEADLINE).pollInterval(Duration.ofMillis(50)).until(condition);
    }

    private static byte[] sha256(String text) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
