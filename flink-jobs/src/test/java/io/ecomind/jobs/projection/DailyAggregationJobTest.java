package io.ecomind.jobs.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.google.protobuf.ByteString;
import io.ecomind.contracts.Limits;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.Rejection;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import io.ecomind.jobs.KafkaForJobs;
import io.ecomind.jobs.RawEvents;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.testkit.TestDatabase;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole job on a real Kafka and a real PostgreSQL. */
@Tag("integration")
@Tag("ci")
class DailyAggregationJobTest {
    private static final List<String> TABLES = List.of(
            "daily_usage", "daily_control", "daily_org_agg", "daily_user_agg", "daily_provider_agg", "daily_model_agg");

    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(30);
    private final long noon = day.atTime(12, 0).toInstant(ZoneOffset.UTC).toEpochMilli() * 1000;

    private final TestDatabase database = TestDatabase.get();
    private final String org = "daily-" + Long.toString(System.nanoTime(), 36);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private KafkaForJobs kafka;

    @SuppressWarnings("NullAway.Init")
    private JobClient job;

    @BeforeEach
    void start() throws Exception {
        database.addOrganisation(org, "enterprise", "UTC");
        kafka = new KafkaForJobs(directory.resolve("kafka"));
        run();
    }

    /** Without a checkpoint, so it reads the ledger from its beginning. */
    private void run() throws Exception {
        JobConfig config = JobConfig.of(
                        kafka.bootstrapServers(),
                        database.jdbcUrl(),
                        "ecomind_pipeline",
                        database.password().value())
                .withSealEvery(Duration.ofSeconds(1));
        var env = KafkaForJobs.environment(directory.resolve("checkpoints"));
        DailyAggregationJob.build(
                env,
                config,
                DailyAggregationJob.AggregationSources.kafka(config),
                DailyAggregationJob.AggregationSinks.tables(config));
        job = env.executeAsync();
    }

    @AfterEach
    void stop() throws Exception {
        job.cancel().get();
        kafka.close();
    }

    @Test
    void ledger_records_that_come_twice_are_counted_once() throws Exception {
        ledger(event("a", 0, noon).setFootprint(Footprints.flat(7)));
        ledger(event("b", 1, noon).setFootprint(Footprints.flat(5)));
        ledger(event("c", 2, noon).setFootprint(Footprints.uncovered()));
        ledger(event("late", 3, noon).setFootprint(Footprints.flat(100)).setLate(true));
        List<String> totals = KafkaForJobs.await(
                () -> row("SELECT call_count, uncovered_count, tokens_in, kwh, co2_kg FROM daily_org_agg"),
                values -> values.size() == 5 && values.get(0).equals("4"));
        assertThat(totals).containsExactly("4", "1", "400", "0.000000000112", "0.000000000112");

        ledger(event("a", 0, noon).setFootprint(Footprints.flat(7)));
        ledger(event("b", 1, noon).setFootprint(Footprints.flat(5)));
        ledger(event("d", 4, noon).setFootprint(Footprints.flat(1)));
        assertThat(KafkaForJobs.await(
                        () -> row("SELECT call_count, kwh FROM daily_org_agg"),
                        values -> values.get(0).equals("5")))
                .containsExactly("5", "0.000000000113");
        for (String table : List.of("daily_usage", "daily_user_agg", "daily_provider_agg", "daily_model_agg")) {
            assertThat(row("SELECT sum(call_count), sum(kwh) FROM " + table))
                    .as(table)
                    .containsExactly("5", "0.000000000113");
        }
        assertThat(row("SELECT count(*), count(DISTINCT id) FROM events_enriched"))
                .containsExactly("5", "5");
    }

    @Test
    void day_is_sealed_when_the_horizon_has_passed_everywhere_and_later_rows_wait_for_a_restatement() throws Exception {
        ledger(event("a", 0, noon).setFootprint(Footprints.flat(7)));
        ledger(event("b", 1, noon).setFootprint(Footprints.uncovered()));
        ledger(event("late", 2, noon).setFootprint(Footprints.flat(3)).setLate(true));
        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("3")));
        assertThat(row("SELECT state FROM day_states")).containsExactly("open");

        Instant afterHorizon = day.plusDays(8).atTime(1, 0).toInstant(ZoneOffset.UTC);
        for (int partition = 0; partition < Topic.EVENTS_ENRICHED.partitions(); partition++) {
            kafka.write(Topic.EVENTS_ENRICHED, partition, heartbeat(afterHorizon.toEpochMilli() * 1000));
        }

        assertThat(KafkaForJobs.await(
                        () -> row("SELECT call_count, uncovered_count, kwh FROM daily_control"),
                        values -> !values.isEmpty()))
                .containsExactly("2", "1", "0.000000000007");
        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("sealed")));

        ledger(event("too-late", 3, noon).setFootprint(Footprints.flat(1000)).setLate(true));
        KafkaForJobs.await(
                () -> row("SELECT needs_restatement FROM day_states"), values -> values.equals(List.of("t")));
        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("3", "0.000000000010");
        assertThat(row("SELECT count(*) FROM events_enriched WHERE rating_version = 0"))
                .containsExactly("1");
    }

    @Test
    void day_of_a_ledger_that_was_written_twice_is_sealed_all_the_same() throws Exception {
        for (int round = 0; round < 2; round++) {
            ledger(event("a", 0, noon).setFootprint(Footprints.parametric()));
            ledger(event("b", 1, noon).setFootprint(Footprints.flat(5)));
        }
        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("2")));

        passHorizon();

        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("sealed")));
        assertThat(row("SELECT sum(call_count) FROM daily_control")).containsExactly("2");
    }

    @Test
    void day_that_only_an_import_brings_is_sealed_although_no_window_saw_it() throws Exception {
        LocalDate old = day.minusYears(2);
        long then = old.atTime(12, 0).toInstant(ZoneOffset.UTC).toEpochMilli() * 1000;
        ledger(event("a", 0, then, old).setFootprint(Footprints.flat(7)).setLate(true));
        ledger(event("b", 1, then, old).setFootprint(Footprints.uncovered()).setLate(true));
        // The day is over since long, so it is sealed as soon as time is known: both are to be there by then.
        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("2")));

        passHorizon();

        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("sealed")));
        assertThat(row("SELECT date, call_count, kwh FROM daily_org_agg"))
                .containsExactly(old.toString(), "2", "0.000000000007");
        assertThat(row("SELECT call_count FROM daily_control")).isEmpty();

        // What comes after is stored, counted by no total, and marks the day.
        ledger(event("a", 2, then, old).setFootprint(Footprints.flat(7)).setLate(true));
        ledger(event("c", 3, then, old).setFootprint(Footprints.flat(1)).setLate(true));
        KafkaForJobs.await(
                () -> row("SELECT needs_restatement FROM day_states"), values -> values.equals(List.of("t")));
        assertThat(row("SELECT count(*), count(*) FILTER (WHERE rating_version = 0) FROM events_enriched"))
                .containsExactly("3", "1");
        assertThat(row("SELECT call_count FROM daily_org_agg")).containsExactly("2");
    }

    @Test
    void day_whose_entries_differ_is_not_sealed_and_the_key_is_named() throws Exception {
        ledger(event("a", 0, noon).setFootprint(Footprints.flat(7)));
        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("1")));
        try (Connection owner = database.owner().getConnection();
                Statement statement = owner.createStatement()) {
            statement.execute("UPDATE daily_usage SET kwh = kwh + 0.000000000001 WHERE org_id = '" + org + "'");
        }

        passHorizon();

        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("disputed")));
        assertThat(row("SELECT detail FROM day_states").get(0))
                .contains("cube")
                .contains("user_id=user-1")
                .contains("(kwh)");
    }

    @Test
    void bands_and_parts_reach_rows_totals_and_windows_and_what_is_unknown_stays_so() throws Exception {
        ledger(event("parts", 0, noon).setFootprint(Footprints.parametric()));
        ledger(event("flat", 1, noon).setFootprint(Footprints.flat(1000).setCarbonMarket(Footprints.band(7, 8, 9))));
        ledger(event("free", 2, noon).setFootprint(Footprints.flat(0).setCarbonMarket(Footprints.band(0, 0, 0))));
        ledger(event("none", 3, noon).setFootprint(Footprints.uncovered()));
        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("4")));
        passHorizon();
        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("sealed")));

        Map<String, String> expected = new TreeMap<>(Map.of(
                "call_count", "4",
                "uncovered_count", "1",
                "tokens_in", "400",
                "tokens_out", "40",
                "uncovered_tokens_in", "100",
                "uncovered_tokens_out", "10",
                "market_count", "2"));
        expect(expected, Quantity.ENERGY, 1001, 1002, 1003);
        expect(expected, Quantity.WATER, 1044, 1055, 1066);
        expect(expected, Quantity.WATER_ONSITE, 4, 5, 6);
        expect(expected, Quantity.WATER_OFFSITE, 40, 50, 60);
        expect(expected, Quantity.CARBON, 1770, 1880, 1990);
        expect(expected, Quantity.CARBON_OPERATIONAL, 70, 80, 90);
        expect(expected, Quantity.CARBON_EMBODIED, 700, 800, 900);
        expect(expected, Quantity.CARBON_MARKET, 7, 8, 9);
        for (String table : TABLES) {
            assertThat(totals(table, "")).as(table).isEqualTo(expected);
        }
        for (String columns : List.of("kwh", "co2_kg_low, co2_embodied_kg, co2_market_kg, water_onsite_l_high")) {
            assertThat(row("SELECT " + columns + " FROM events_enriched WHERE id = 'none'"))
                    .containsOnlyNulls();
        }
        assertThat(row("SELECT co2_embodied_kg_high, co2_market_kg, water_offsite_l_low FROM events_enriched"
                        + " WHERE id = 'parts'"))
                .containsExactly("0.000000000900", null, "0.000000040");
        assertThat(row("SELECT co2_embodied_kg, co2_market_kg, kwh FROM events_enriched WHERE id = 'free'"))
                .containsExactly(null, "0.000000000000", "0.000000000000");
        assertThat(row("SELECT match, matched, basis, grid_match, grid_zone, grid_resolution FROM events_enriched"
                        + " WHERE id = 'parts'"))
                .containsExactly("exact", "openai/gpt-4o", "parametric", "region", "FRA", "year");
    }

    @Test
    void a_day_without_a_covered_call_has_unknown_amounts_in_both_entries() throws Exception {
        ledger(event("a", 0, noon).setFootprint(Footprints.uncovered()));
        passHorizon();
        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("sealed")));

        for (String table : TABLES) {
            for (Figure figure : Figure.ALL) {
                assertThat(totals(table, "").get(figure.column()))
                        .as(table + "." + figure.column())
                        .isNull();
            }
        }
    }

    @Test
    void calls_that_two_factor_sets_rated_on_one_day_are_never_mixed() throws Exception {
        ledger(event("a", 0, noon).setFootprint(Footprints.parametric()));
        ledger(event("b", 1, noon).setFootprint(Footprints.flat(5).setFactorSet("s2")));
        ledger(event("c", 2, noon).setFootprint(Footprints.flat(6).setFactorSet("s2")));
        passHorizon();
        KafkaForJobs.await(() -> row("SELECT state FROM day_states"), values -> values.equals(List.of("sealed")));

        for (String table : List.of("daily_usage", "daily_control")) {
            assertThat(row("SELECT count(*) FROM " + table)).containsExactly("2");
            Map<String, String> first = totals(table, " AND factor_set = 's1'");
            Map<String, String> second = totals(table, " AND factor_set = 's2'");
            assertThat(first).containsEntry("call_count", "1").containsEntry("co2_embodied_kg", "0.000000000800");
            assertThat(second).containsEntry("call_count", "2").containsEntry("kwh_high", "0.000000000011");
            assertThat(second.get("co2_embodied_kg")).isNull();
        }
        assertThat(row("SELECT kwh_low, kwh, kwh_high, co2_embodied_kg FROM daily_org_agg"))
                .containsExactly("0.000000000012", "0.000000000013", "0.000000000014", "0.000000000800");
    }

    @Test
    void names_as_long_as_they_may_be_fit_into_every_key() throws Exception {
        // Different characters, so that compression does not hide the length: 2,200 bytes in all, and what no sender
        // names.
        var event = event("long", 0, noon)
                .setFootprint(Footprints.flat(7)
                        .setFactorSet(printable(64) + "+" + printable(64))
                        .setHost(printable(64)));
        event.getEventBuilder()
                .setUserId(characters(0x10000, 256))
                .setModel(characters(0x11000, 256))
                .setProject(characters(0x12000, 3))
                .setEnvironment(characters(0x13000, 32))
                .setProvider("openai___");
        assertThat(event.getEvent().getUserIdBytes().size()
                        + event.getEvent().getModelBytes().size()
                        + event.getEvent().getProjectBytes().size()
                        + event.getEvent().getEnvironmentBytes().size()
                        + event.getEvent().getSourceBytes().size()
                        + event.getEvent().getProviderBytes().size())
                .isEqualTo(Limits.MAX_NAMES_BYTES);

        ledger(event);

        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("1")));
        assertThat(row("SELECT call_count FROM daily_usage")).containsExactly("1");
    }

    @Test
    void a_reader_never_sees_totals_go_backwards_while_the_job_starts_again() throws Exception {
        var seen = new ArrayList<BigDecimal>();
        var reading = new AtomicBoolean(true);
        var reader = Executors.newSingleThreadExecutor();
        Future<?> polls = reader.submit(() -> {
            try (Connection connection = database.as("ecomind_pipeline").getConnection();
                    PreparedStatement query = connection.prepareStatement(
                            "SELECT call_count + kwh * 1000000000000 FROM daily_org_agg WHERE org_id = ?")) {
                query.setString(1, org);
                while (reading.get()) {
                    try (ResultSet row = query.executeQuery()) {
                        seen.add(row.next() ? row.getBigDecimal(1) : BigDecimal.ZERO);
                    }
                    LockSupport.parkNanos(2_000_000L);
                }
            }
            return null;
        });
        int events = 0;
        try {
            for (int restart = 0; restart < 3; restart++) {
                for (int i = 0; i < 100; i++, events++) {
                    ledger(event("e" + events, events, noon).setFootprint(Footprints.flat(3)));
                }
                String all = Integer.toString(events);
                KafkaForJobs.await(
                        () -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of(all)));
                job.cancel().get();
                run();
            }
            ledger(event("last", events++, noon).setFootprint(Footprints.flat(3)));
            String all = Integer.toString(events);
            KafkaForJobs.await(
                    () -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of(all)));
        } finally {
            reading.set(false);
            reader.shutdown();
        }
        polls.get(60, TimeUnit.SECONDS);

        assertThat(seen).isSorted();
        assertThat(new HashSet<>(seen)).hasSizeGreaterThan(3);
        assertThat(row("SELECT call_count, kwh FROM daily_org_agg")).containsExactly("301", "0.000000000903");
    }

    @Test
    void records_that_the_tables_cannot_hold_are_listed_and_all_others_counted() throws Exception {
        var nul = event("nul", 1, noon).setFootprint(Footprints.flat(7));
        nul.getEventBuilder().setEnvironment("a\0b");
        var key = event("key", 3, noon).setFootprint(Footprints.flat(7));
        key.getEventBuilder().setUserId("user\0-1");
        var broken = event("broken", 5, noon).setFootprint(Footprints.flat(7));
        broken.getEventBuilder().setMetadataJson("{\"open\": ");
        var ancient = event("ancient", 7, noon).setFootprint(Footprints.flat(7));
        ancient.getEventBuilder().setTsMicros(Long.MIN_VALUE).setReceivedAtMicros(Long.MIN_VALUE);
        var tier = event("tier", 9, noon).setFootprint(Footprints.flat(7).setEvidenceTier(70_000));
        List<EnrichedEvent.Builder> bad = List.of(nul, key, broken, ancient, tier);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < bad.size(); i++) {
                ledger(event("good-" + i, 2L * i, noon).setFootprint(Footprints.flat(1)));
                ledger(bad.get(i));
            }
        }
        ledger(event("last", 100, noon).setFootprint(Footprints.flat(1)));

        KafkaForJobs.await(() -> row("SELECT call_count FROM daily_org_agg"), values -> values.equals(List.of("6")));
        String listed = "SELECT count(*), count(DISTINCT raw_offset), min(code), max(code) FROM events_rejected"
                + " WHERE origin = 'projection' AND raw_partition = 1";
        assertThat(KafkaForJobs.await(() -> row(listed), values -> values.get(0).equals("5")))
                .containsExactly("5", "5", "not_storable", "not_storable");
        assertThat(row("SELECT event_id, message FROM events_rejected WHERE raw_offset = 9"))
                .containsExactly(
                        "tier",
                        "the tables cannot hold it: value \"70000\" is out of range for type smallint (SQLSTATE 22003)");
        assertThat(row("SELECT message FROM events_rejected WHERE raw_offset = 1")
                        .get(0))
                .contains("22021");
        assertThat(row("SELECT count(*), sum(kwh) FROM events_enriched")).containsExactly("6", "0.000000000006");
        assertThat(row("SELECT sum(call_count), sum(kwh) FROM daily_usage")).containsExactly("6", "0.000000000006");

        // The windows have counted them, so the day is not sealed without somebody who looks.
        passHorizon();
        // The first looks may come before the windows' last entry.
        assertThat(KafkaForJobs.await(
                        () -> row("SELECT state || ' ' || coalesce(detail, '') FROM day_states"),
                        values -> values.get(0).contains("user_id=user\uFFFD-1")))
                .first(STRING)
                .startsWith("disputed window");
        assertThat(job.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
    }

    private static String printable(int count) {
        return new Random(1)
                .ints(count, '!', '~')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String characters(int first, int count) {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.appendCodePoint(first + (i * 7919) % 4096);
        }
        return text.toString();
    }

    @Test
    void rejections_are_listed_whatever_they_hold() throws Exception {
        byte[] odd = Rejection.newBuilder()
                .setOrigin("gateway")
                .setOrgId(org)
                .setCode("field_invalid")
                .setField("id")
                .setMessage("id must not contain NUL")
                .setEventId("a\0b")
                .setRejectedAtMicros(noon)
                .build()
                .toByteArray();
        kafka.write(Topic.EVENTS_REJECTED, 2, new byte[] {9, 9, 9});
        kafka.write(Topic.EVENTS_REJECTED, 2, odd);

        assertThat(KafkaForJobs.await(
                        () -> row("SELECT code, event_id FROM events_rejected"), values -> !values.isEmpty()))
                .containsExactly("field_invalid", "a\uFFFDb");
    }

    /** The gateway writes a group of equal rejections at once and, with how many there were, when it ends. */
    @Test
    void a_group_of_rejections_is_one_row_with_its_count_however_often_it_is_read() throws Exception {
        Rejection first = Rejection.newBuilder()
                .setOrigin("gateway")
                .setOrgId(org)
                .setCode("field_missing")
                .setMessage("wrong")
                .setRejectedAtMicros(noon)
                .setGroupId("g1")
                .setOccurrences(1)
                .setPayload(ByteString.copyFromUtf8("{}"))
                .build();
        Rejection last = first.toBuilder()
                .clearPayload()
                .setOccurrences(40)
                .setLastAtMicros(noon + 58_000_000)
                .build();
        Rejection headless = last.toBuilder().setGroupId("g2").setOccurrences(3).build();
        Rejection forged = Rejection.newBuilder()
                .setOrigin("job")
                .setOrgId(org)
                .setCode("undecodable")
                .setRejectedAtMicros(Long.MAX_VALUE)
                .build();
        for (Rejection rejection : List.of(first, last, first, last, headless, forged)) {
            kafka.write(Topic.EVENTS_REJECTED, 2, rejection.toByteArray());
        }

        assertThat(KafkaForJobs.await(
                        () -> row("SELECT count(*) FROM events_rejected WHERE org_id = '" + org + "'"),
                        values -> values.equals(List.of("3"))))
                .hasSize(1);
        assertThat(row("SELECT occurrences, encode(payload, 'escape'), last_at - rejected_at FROM events_rejected"
                        + " WHERE org_id = '" + org + "' AND group_id = 'g1'"))
                .containsExactly("40", "{}", "00:00:58");
        assertThat(row("SELECT occurrences, encode(payload, 'escape') FROM events_rejected WHERE org_id = '" + org
                        + "' AND group_id = 'g2'"))
                .containsExactly("3", "");
    }

    /** Heartbeats from so late that the day is compared, and disputed when its entries differ. */
    private void passHorizon() throws Exception {
        Instant afterPatience = day.plusDays(8).atTime(2, 0).toInstant(ZoneOffset.UTC);
        for (int partition = 0; partition < Topic.EVENTS_ENRICHED.partitions(); partition++) {
            kafka.write(Topic.EVENTS_ENRICHED, partition, heartbeat(afterPatience.toEpochMilli() * 1000));
        }
    }

    private static void expect(Map<String, String> columns, Quantity quantity, long... nanos) {
        for (Bound bound : Bound.values()) {
            columns.put(
                    quantity.column(bound),
                    BigDecimal.valueOf(nanos[bound.ordinal()], quantity.scale()).toPlainString());
        }
    }

    /** Counters and amounts, summed over the rows of the organisation; null for what none of them knows. */
    private Map<String, String> totals(String table, String and) throws SQLException {
        List<String> columns = Stream.concat(
                        Stream.of(Counter.values()).map(Counter::column),
                        Figure.ALL.stream().map(Figure::column))
                .toList();
        String sums = columns.stream().map(column -> "sum(" + column + ")").collect(Collectors.joining(", "));
        List<String> values = row("SELECT " + sums + " FROM " + table + " WHERE true" + and);
        var totals = new TreeMap<String, String>();
        for (int i = 0; i < values.size(); i++) {
            totals.put(columns.get(i), values.get(i));
        }
        return totals;
    }

    private void ledger(EnrichedEvent.Builder event) throws Exception {
        kafka.write(
                Topic.EVENTS_ENRICHED,
                1,
                EnrichedRecord.newBuilder().setEvent(event).build().toByteArray());
    }

    private static byte[] heartbeat(long micros) {
        return EnrichedRecord.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(micros))
                .build()
                .toByteArray();
    }

    private EnrichedEvent.Builder event(String id, long rawOffset, long tsMicros) {
        return event(id, rawOffset, tsMicros, day);
    }

    private EnrichedEvent.Builder event(String id, long rawOffset, long tsMicros, LocalDate day) {
        return EnrichedEvent.newBuilder()
                .setEvent(RawEvents.event(org, id, tsMicros))
                .setRawPartition(1)
                .setRawOffset(rawOffset)
                .setLocalEpochDay(Math.toIntExact(day.toEpochDay()))
                .setDayStartMillis(day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli())
                .setDayEndMillis(
                        day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
    }

    /** The only row of a query over this test's organisation, empty when there is none. */
    private List<String> row(String query) throws SQLException {
        List<String> values = new ArrayList<>();
        String scoped = query + (query.contains(" WHERE ") ? " AND" : " WHERE") + " org_id = '" + org + "'";
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(scoped)) {
            if (row.next()) {
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    values.add(row.getString(i));
                }
            }
        }
        return values;
    }
}
