package io.ecomind.jobs.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.UsageScope;
import io.ecomind.contracts.v1.UsageTotal;
import io.ecomind.jobs.KafkaForJobs;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.totals.TotalScope;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.TestDatabase;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.core.execution.JobClient;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The totals of the tables in usage.totals, on a real Kafka and a real PostgreSQL. */
@Tag("integration")
@Tag("ci")
class UsageTotalsTest {
    /** The scopes in which all calls of these tests are one total: project, environment, provider, hour, organisation. */
    private static final int ONE_EACH = 5;

    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration OFTEN = Duration.ofMillis(200);

    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(30);
    private final long noon = day.atTime(12, 0).toInstant(ZoneOffset.UTC).toEpochMilli() * 1000;
    private final TestDatabase database = TestDatabase.get();
    private final String org = "totals-" + Long.toString(System.nanoTime(), 36);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private KafkaForJobs kafka;

    private @Nullable JobClient job;

    @BeforeEach
    void start() throws Exception {
        database.addOrganisation(org, "enterprise", "UTC");
        kafka = new KafkaForJobs(directory.resolve("kafka"));
    }

    @AfterEach
    void stop() throws Exception {
        try {
            cancel();
        } finally {
            kafka.close();
        }
    }

    @Test
    void each_commit_tells_the_rows_as_it_left_them_and_a_repeat_tells_nothing() throws Exception {
        run(kafka.bootstrapServers(), NEVER);
        ledger(event("a", 0, "ann", "gpt-4o").setFootprint(Footprints.parametric()));
        ledger(event("b", 1, "bob", "").setFootprint(Footprints.flat(1000).setCarbonMarket(Footprints.band(7, 8, 9))));
        ledger(event("c", 2, "ann", "gpt-4o").setFootprint(Footprints.uncovered()));
        ledger(event("d", 3, "eve", "o1").setFootprint(Footprints.uncovered()));
        awaitCalls(4);
        assertThat(awaitTotalsOfTables(kafka)).hasSize(3 + 3 + ONE_EACH);

        UsageTotal eve = told(kafka).stream()
                .filter(total -> total.getUserId().equals("eve"))
                .findFirst()
                .orElseThrow();
        assertThat(eve.hasKwh() || eve.hasWaterL() || eve.hasCo2Kg() || eve.hasCo2MarketKg() || eve.hasWaterOnsiteL())
                .as("what no call has is absent")
                .isFalse();
        assertThat(eve.getDayEndMillis())
                .isEqualTo(
                        day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
        assertThat(eve.getRatingVersion()).isEqualTo(1);

        int before = told(kafka).size();
        ledger(event("a", 0, "ann", "gpt-4o").setFootprint(Footprints.parametric()));
        ledger(event("c", 2, "ann", "gpt-4o").setFootprint(Footprints.uncovered()));
        ledger(event("e", 9, "ann", "gpt-4o").setFootprint(Footprints.flat(5)));
        awaitCalls(5);
        awaitTotalsOfTables(kafka);
        // ann, her model, and what all calls share, once.
        assertThat(told(kafka)).hasSize(before + 2 + ONE_EACH);
    }

    @Test
    void a_key_keeps_its_place_and_its_sequence_follows_its_calls() throws Exception {
        run(kafka.bootstrapServers(), OFTEN);
        int waves = 8;
        for (int wave = 0; wave < waves; wave++) {
            for (int partition = 0; partition < Topic.EVENTS_ENRICHED.partitions(); partition++) {
                kafka.write(
                        Topic.EVENTS_ENRICHED,
                        partition,
                        record(event("w" + wave + "p" + partition, 100L * wave + partition, "ann", "gpt-4o")
                                .setFootprint(Footprints.flat(3))));
            }
            awaitCalls((wave + 1L) * Topic.EVENTS_ENRICHED.partitions());
        }
        awaitTotalsOfTables(kafka);

        Map<String, Integer> partitions = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : kafka.read(Topic.USAGE_TOTALS)) {
            String key = new String(record.key(), StandardCharsets.UTF_8);
            assertThat(partitions.computeIfAbsent(key, first -> record.partition()))
                    .isEqualTo(record.partition());
            assertThat(TotalScope.kafkaKey(UsageTotal.parseFrom(record.value())))
                    .isEqualTo(key);
        }
        List<UsageTotal> told = told(kafka);
        assertThat(told.stream().map(UsageTotal::getSequence).distinct().count())
                .isGreaterThanOrEqualTo(waves);
        assertSequencesFollowCalls(told);
    }

    @Test
    void two_writers_of_one_row_never_take_one_sequence_or_the_wrong_order() throws Exception {
        List<Callable<List<UsageTotal>>> writers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            int partition = writer;
            writers.add(() -> {
                List<UsageTotal> told = new ArrayList<>();
                try (Connection connection = database.as("ecomind_pipeline").getConnection()) {
                    connection.setAutoCommit(false);
                    for (int i = 0; i < 60; i++) {
                        var batch = new ProjectionBatch();
                        String id = "p" + partition + "i" + i;
                        batch.add(new LedgerEntry(
                                partition,
                                i,
                                LedgerEntry.NO_HEARTBEAT,
                                event(id, i, "ann", "gpt-4o")
                                        .setRawPartition(partition)
                                        .setFootprint(Footprints.flat(1))
                                        .build()));
                        told.addAll(batch.commit(connection));
                    }
                }
                return told;
            });
        }
        var threads = Executors.newFixedThreadPool(2);
        List<UsageTotal> told = new ArrayList<>();
        try {
            for (var written : threads.invokeAll(writers)) {
                told.addAll(written.get());
            }
        } finally {
            threads.shutdown();
        }

        assertThat(told).hasSize(2 * 60 * TotalScope.values().length);
        assertThat(told.stream().map(total -> TotalScope.kafkaKey(total) + total.getSequence()))
                .doesNotHaveDuplicates();
        assertSequencesFollowCalls(told);
    }

    @Test
    void what_was_committed_before_a_crash_and_not_sent_is_sent_after_the_restart() throws Exception {
        run("127.0.0.1:" + FreePorts.find(1)[0], NEVER);
        ledger(event("a", 0, "ann", "gpt-4o").setFootprint(Footprints.parametric()));
        ledger(event("b", 1, "bob", "gpt-4o").setFootprint(Footprints.flat(1000)));
        awaitCalls(2);
        cancel();
        assertThat(told(kafka)).isEmpty();

        // It reads the ledger from the start; the rows are there, so no batch changes a total.
        run(kafka.bootstrapServers(), NEVER);

        assertThat(awaitTotalsOfTables(kafka)).hasSize(2 + 1 + ONE_EACH);
        assertThat(number("SELECT call_count FROM daily_org_agg WHERE org_id = '" + org + "'"))
                .isEqualTo(2);
    }

    @Test
    void tables_go_on_while_the_topic_is_away_and_the_totals_arrive_afterwards() throws Exception {
        int[] ports = FreePorts.find(2);
        run("127.0.0.1:" + ports[0], NEVER);
        for (int i = 0; i < 6; i++) {
            ledger(event("e" + i, i, "ann", "gpt-4o").setFootprint(Footprints.flat(i)));
            awaitCalls(i + 1L);
        }

        try (var back = new KafkaForJobs(directory.resolve("back"), ports)) {
            assertThat(awaitTotalsOfTables(back)).hasSize(2 + ONE_EACH);
            ledger(event("last", 9, "bob", "gpt-4o").setFootprint(Footprints.flat(9)));
            awaitCalls(7);
            assertThat(awaitTotalsOfTables(back)).hasSize(3 + ONE_EACH);
            cancel();
        }
    }

    @Test
    void rounds_tell_what_others_changed_with_its_rating_version_and_nothing_twice() throws Exception {
        run(kafka.bootstrapServers(), OFTEN);
        ledger(event("a", 0, "ann", "gpt-4o").setFootprint(Footprints.flat(1000)));
        ledger(event("b", 1, "bob", "gpt-4o").setFootprint(Footprints.flat(1000)));
        awaitCalls(2);
        awaitTotalsOfTables(kafka);

        // A restatement of a sealed day that makes ann's share smaller and knows nothing of sequences.
        try (Connection owner = database.owner().getConnection();
                Statement statement = owner.createStatement()) {
            owner.setAutoCommit(false);
            String where = " WHERE org_id = '" + org + "'";
            statement.execute("UPDATE day_states SET state = 'sealed', rating_version = 2" + where);
            statement.execute("UPDATE daily_user_agg SET kwh = 0.0000000004" + where + " AND user_id = 'ann'");
            statement.execute("UPDATE daily_org_agg SET kwh = 0.0000000014" + where);
            owner.commit();
        }
        Map<String, UsageTotal> latest = KafkaForJobs.await(
                () -> latest(kafka),
                totals -> totals.values().stream()
                                .filter(total -> total.getScope() == UsageScope.USAGE_SCOPE_ORGANISATION
                                        || total.getUserId().equals("ann"))
                                .filter(total -> total.getRatingVersion() == 2)
                                .count()
                        >= 2);
        UsageTotal ann = latest.values().stream()
                .filter(total -> total.getUserId().equals("ann"))
                .findFirst()
                .orElseThrow();
        assertThat(ann.getRatingVersion()).isEqualTo(2);
        assertThat(ann.getKwh().getMid()).isEqualTo("0.000000000400");

        awaitRounds(3);
        int before = told(kafka).size();
        awaitRounds(3);
        assertThat(told(kafka)).hasSize(before);
    }

    @Test
    void what_has_been_received_is_told_once_all_partitions_have_spoken() throws Exception {
        run(kafka.bootstrapServers(), NEVER);
        heartbeats(noon + 3_600_000_000L);
        KafkaForJobs.await(
                () -> number("SELECT count(*) FROM projection_offsets WHERE received_through IS NULL"), is(0));

        ledger(event("a", 0, "ann", "gpt-4o").setFootprint(Footprints.flat(1)));
        awaitCalls(1);
        awaitTotalsOfTables(kafka);

        assertThat(told(kafka))
                .allSatisfy(total ->
                        assertThat(total.getReceivedThroughMicros()).isGreaterThanOrEqualTo(noon + 3_600_000_000L));
    }

    private void run(String totalsBootstrapServers, Duration repeat) throws Exception {
        JobConfig config = config(kafka.bootstrapServers()).withTotalsResync(repeat);
        DailyAggregationJob.AggregationSinks tables = DailyAggregationJob.AggregationSinks.tables(config);
        var sinks = new DailyAggregationJob.AggregationSinks(
                new ProjectToTables(config(totalsBootstrapServers).withTotalsResync(repeat)),
                tables.control(),
                tables.rejections());
        var env = KafkaForJobs.environment(directory.resolve("checkpoints"));
        DailyAggregationJob.build(env, config, DailyAggregationJob.AggregationSources.kafka(config), sinks);
        job = env.executeAsync();
    }

    private JobConfig config(String bootstrapServers) {
        return JobConfig.of(
                bootstrapServers,
                database.jdbcUrl(),
                "ecomind_pipeline",
                database.password().value());
    }

    private void cancel() throws Exception {
        JobClient running = job;
        job = null;
        if (running != null) {
            running.cancel().get();
            running.getJobExecutionResult().handle((result, cancelled) -> true).get(60, TimeUnit.SECONDS);
        }
    }

    /** More calls come with a higher sequence only, and never with a smaller amount. */
    private static void assertSequencesFollowCalls(List<UsageTotal> told) {
        Map<String, List<UsageTotal>> byKey = told.stream().collect(Collectors.groupingBy(TotalScope::kafkaKey));
        byKey.values().forEach(totals -> {
            totals.sort(Comparator.comparingLong(UsageTotal::getSequence));
            UsageTotal before = totals.get(0);
            for (UsageTotal total : totals.subList(1, totals.size())) {
                if (total.getSequence() == before.getSequence()) {
                    assertThat(row(total)).isEqualTo(row(before));
                } else {
                    assertThat(total.getCallCount()).isGreaterThan(before.getCallCount());
                    assertThat(new BigDecimal(total.getKwh().getMid()))
                            .isGreaterThan(new BigDecimal(before.getKwh().getMid()));
                }
                before = total;
            }
        });
    }

    private static UsageTotal row(UsageTotal total) {
        return total.toBuilder().clearReceivedThroughMicros().build();
    }

    /** Waits until the latest total of each key is its row, and returns them. */
    private Map<String, UsageTotal> awaitTotalsOfTables(KafkaForJobs from) throws Exception {
        Map<String, UsageTotal> tables = totalsOfTables();
        Map<String, UsageTotal> latest = KafkaForJobs.await(() -> latest(from), tables::equals);
        assertThat(latest).isEqualTo(tables);
        return latest;
    }

    private Map<String, UsageTotal> latest(KafkaForJobs from) throws Exception {
        Map<String, UsageTotal> latest = new TreeMap<>();
        told(from).forEach(total -> latest.merge(TotalScope.kafkaKey(total), row(total), TotalScope::later));
        return latest;
    }

    private List<UsageTotal> told(KafkaForJobs from) throws Exception {
        List<UsageTotal> told = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : from.read(Topic.USAGE_TOTALS)) {
            UsageTotal total = UsageTotal.parseFrom(record.value());
            if (total.getOrgId().equals(org)) {
                told.add(total);
            }
        }
        return told;
    }

    /** The rows of the tables, column by column and without the code that the job reads them with. */
    private Map<String, UsageTotal> totalsOfTables() throws SQLException {
        Map<String, UsageTotal> totals = new TreeMap<>();
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            for (TotalScope scope : TotalScope.values()) {
                try (ResultSet row = statement.executeQuery("SELECT * FROM " + scope.table()
                        + " JOIN day_states USING (org_id, date) WHERE org_id = '" + org + "'")) {
                    while (row.next()) {
                        UsageTotal total = total(scope, row);
                        totals.put(TotalScope.kafkaKey(total), total);
                    }
                }
            }
        }
        return totals;
    }

    private static UsageTotal total(TotalScope scope, ResultSet row) throws SQLException {
        var total = UsageTotal.newBuilder()
                .setOrgId(row.getString("org_id"))
                .setLocalEpochDay(
                        Math.toIntExact(row.getObject("date", LocalDate.class).toEpochDay()))
                .setDayEndMillis(row.getTimestamp("day_end").getTime())
                .setRatingVersion(row.getInt("rating_version"))
                .setSequence(row.getLong("sequence"))
                .setCallCount(row.getLong("call_count"))
                .setUncoveredCount(row.getLong("uncovered_count"))
                .setTokensIn(row.getLong("tokens_in"))
                .setTokensOut(row.getLong("tokens_out"))
                .setUncoveredTokensIn(row.getLong("uncovered_tokens_in"))
                .setUncoveredTokensOut(row.getLong("uncovered_tokens_out"))
                .setMarketCount(row.getLong("market_count"));
        switch (scope) {
            case ORGANISATION -> total.setScope(UsageScope.USAGE_SCOPE_ORGANISATION);
            case PROJECT -> total.setScope(UsageScope.USAGE_SCOPE_PROJECT).setProject(row.getString("project"));
            case ENVIRONMENT ->
                total.setScope(UsageScope.USAGE_SCOPE_ENVIRONMENT).setEnvironment(row.getString("environment"));
            case HOUR ->
                total.setScope(UsageScope.USAGE_SCOPE_HOUR)
                        .setHourStartMillis(row.getTimestamp("hour").getTime());
            case USER -> total.setScope(UsageScope.USAGE_SCOPE_USER).setUserId(row.getString("user_id"));
            case PROVIDER -> total.setScope(UsageScope.USAGE_SCOPE_PROVIDER).setProvider(row.getString("provider"));
            case MODEL ->
                total.setScope(UsageScope.USAGE_SCOPE_MODEL)
                        .setProvider(row.getString("provider"))
                        .setModel(row.getString("model"));
        }
        if (row.getString("kwh") != null) {
            total.getKwhBuilder()
                    .setLow(row.getString("kwh_low"))
                    .setMid(row.getString("kwh"))
                    .setHigh(row.getString("kwh_high"));
        }
        if (row.getString("water_l") != null) {
            total.getWaterLBuilder()
                    .setLow(row.getString("water_l_low"))
                    .setMid(row.getString("water_l"))
                    .setHigh(row.getString("water_l_high"));
        }
        if (row.getString("co2_kg") != null) {
            total.getCo2KgBuilder()
                    .setLow(row.getString("co2_kg_low"))
                    .setMid(row.getString("co2_kg"))
                    .setHigh(row.getString("co2_kg_high"));
        }
        if (row.getString("water_onsite_l") != null) {
            total.setWaterOnsiteL(row.getString("water_onsite_l"));
        }
        if (row.getString("water_offsite_l") != null) {
            total.setWaterOffsiteL(row.getString("water_offsite_l"));
        }
        if (row.getString("co2_operational_kg") != null) {
            total.setCo2OperationalKg(row.getString("co2_operational_kg"));
        }
        if (row.getString("co2_embodied_kg") != null) {
            total.setCo2EmbodiedKg(row.getString("co2_embodied_kg"));
        }
        if (row.getString("co2_market_kg") != null) {
            total.setCo2MarketKg(row.getString("co2_market_kg"));
        }
        return total.build();
    }

    private void awaitCalls(long calls) throws Exception {
        KafkaForJobs.await(
                () -> number("SELECT coalesce(sum(call_count), 0) FROM daily_org_agg WHERE org_id = '" + org + "'"),
                is(calls));
    }

    /** Waits until so many more rounds have ended. */
    private void awaitRounds(int rounds) throws Exception {
        for (int i = 0; i < rounds; i++) {
            String updated = "SELECT (extract(epoch FROM updated_at) * 1000000)::bigint FROM usage_totals_sent";
            long last = number(updated);
            KafkaForJobs.await(() -> number(updated), now -> now > last);
        }
    }

    private static Predicate<Long> is(long wanted) {
        return value -> value == wanted;
    }

    private long number(String query) throws SQLException {
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : -1;
        }
    }

    private void heartbeats(long micros) throws Exception {
        kafka.writeEverywhere(
                Topic.EVENTS_ENRICHED,
                EnrichedRecord.newBuilder()
                        .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(micros))
                        .build()
                        .toByteArray());
    }

    private void ledger(EnrichedEvent.Builder event) throws Exception {
        kafka.write(Topic.EVENTS_ENRICHED, 1, record(event));
    }

    private static byte[] record(EnrichedEvent.Builder event) {
        return EnrichedRecord.newBuilder().setEvent(event).build().toByteArray();
    }

    private EnrichedEvent.Builder event(String id, long rawOffset, String user, String model) {
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(org, id, noon).setUserId(user).setModel(model))
                .setRawPartition(1)
                .setRawOffset(rawOffset)
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setDayStartMillis(day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli())
                .setDayEndMillis(
                        day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
    }
}
