package io.ecomind.dev.chaos;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.Topic;
import io.ecomind.contracts.v1.EnrichedEvent;
import io.ecomind.contracts.v1.EnrichedRecord;
import io.ecomind.contracts.v1.UsageEvent;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares what the senders know with the committed records of events.enriched and with the tables. Shares no code with
 * what it checks. Thread-safe.
 */
final class Checker {
    private static final List<String> DAILY = List.of(
            "daily_usage",
            "daily_org_agg",
            "daily_user_agg",
            "daily_project_agg",
            "daily_environment_agg",
            "daily_model_agg",
            "daily_provider_agg",
            "usage_hourly",
            "hourly_org_agg");
    private static final int SHOWN = 5;

    private final KafkaSettings kafka;
    private final DatabaseAddress database;

    Checker(KafkaSettings kafka, DatabaseAddress database) {
        this.kafka = kafka;
        this.database = database;
    }

    /** Sums of a day, as a table has them. */
    private record DaySums(
            long calls, long tokensIn, long tokensOut, BigDecimal kwh, BigDecimal waterL, BigDecimal co2Kg) {}

    /** What the check has found for one organisation so far. */
    private static final class CheckerFindings {
        private final SentLedger sent;
        private final int[] inLedger;
        private final long[] firstPosition;
        /** Nano-units of the first record: energy, water, carbon. */
        private final long[][] amounts;

        private final int[] epochDay;
        private final byte[] inTable;
        private final List<String> problems = new ArrayList<>();
        private long shownOut;

        CheckerFindings(SentLedger sent) {
            this.sent = sent;
            this.inLedger = new int[sent.size()];
            this.firstPosition = new long[sent.size()];
            this.amounts = new long[3][sent.size()];
            this.epochDay = new int[sent.size()];
            this.inTable = new byte[sent.size()];
        }

        void problem(String what) {
            if (problems.size() < SHOWN) {
                problems.add(sent.organisation().id() + ": " + what);
            } else {
                shownOut++;
            }
        }
    }

    /** The current ends of the ledger; everything that a scenario writes comes after them. */
    Map<TopicPartition, Long> mark() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            return consumer.endOffsets(partitions());
        }
    }

    /**
     * Checks all events of the ledgers.
     *
     * @param from where the scenario's first record can be
     * @param repeatsInLedger events.enriched may hold an event more than once, because the enrichment was restored from
     *     an older savepoint
     */
    Verdict check(Collection<SentLedger> sent, Map<TopicPartition, Long> from, boolean repeatsInLedger) {
        Map<String, CheckerFindings> organisations = new TreeMap<>();
        sent.forEach(ledger -> organisations.put(ledger.organisation().id(), new CheckerFindings(ledger)));
        readLedger(organisations, from);
        long accepted = 0;
        long counted = 0;
        long lost = 0;
        long doubled = 0;
        long repeats = 0;
        List<String> problems = new ArrayList<>();
        try (Connection connection = database.dataSource().getConnection()) {
            // One snapshot for all queries.
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            for (CheckerFindings findings : organisations.values()) {
                readRows(connection, findings);
                SentLedger ledger = findings.sent;
                for (int number = 0; number < findings.inLedger.length; number++) {
                    int times = findings.inLedger[number];
                    boolean isAccepted = ledger.isAcknowledged(number);
                    accepted += isAccepted ? 1 : 0;
                    counted += isAccepted && findings.inTable[number] == 1 && times > 0 ? 1 : 0;
                    repeats += Math.max(0, times - 1);
                    if (isAccepted && (times == 0 || findings.inTable[number] == 0)) {
                        lost++;
                        findings.problem("event-" + number + " was accepted and is "
                                + (times == 0 ? "not in the ledger" : "not in the event table"));
                    }
                    if (findings.inTable[number] > 1 || (times > 1 && !repeatsInLedger)) {
                        doubled++;
                        findings.problem("event-" + number + " is " + times + " times in the ledger and "
                                + findings.inTable[number] + " times in the event table");
                    }
                }
                checkDays(connection, findings);
                problems.addAll(findings.problems);
                if (findings.shownOut > 0) {
                    problems.add(ledger.organisation().id() + ": and " + findings.shownOut + " more");
                }
            }
        } catch (SQLException e) {
            throw new CommandException("the tables could not be read: " + e.getMessage(), e);
        }
        return new Verdict(accepted, counted, lost, doubled, repeats, problems);
    }

    private void readLedger(Map<String, CheckerFindings> organisations, Map<TopicPartition, Long> from) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> partitions = partitions();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            partitions.forEach(partition -> consumer.seek(partition, from.getOrDefault(partition, 0L)));
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    note(organisations, record);
                }
            }
        }
    }

    private static void note(Map<String, CheckerFindings> organisations, ConsumerRecord<byte[], byte[]> record) {
        EnrichedEvent enriched;
        try {
            EnrichedRecord parsed = EnrichedRecord.parseFrom(record.value());
            if (!parsed.hasEvent()) {
                return;
            }
            enriched = parsed.getEvent();
        } catch (InvalidProtocolBufferException e) {
            throw new CommandException(
                    "events.enriched has an unreadable record at " + record.partition() + ":" + record.offset(), e);
        }
        UsageEvent event = enriched.getEvent();
        CheckerFindings findings = organisations.get(event.getOrgId());
        if (findings == null) {
            return;
        }
        int number = findings.sent.numberOf(event.getSource(), event.getId());
        if (number < 0) {
            findings.problem("the ledger has an event that was never sent: " + event.getId());
            return;
        }
        SentLedger.Event sent = findings.sent.event(number);
        if (event.getTokensIn() != sent.tokensIn()
                || event.getTokensOut() != sent.tokensOut()
                || !event.getModel().equals(sent.model())
                || !event.getUserId().equals(sent.userId())) {
            findings.problem("event-" + number + " differs in the ledger from what was sent");
        }
        long position = ((long) enriched.getRawPartition() << 48) | enriched.getRawOffset();
        if (findings.inLedger[number]++ == 0 || position < findings.firstPosition[number]) {
            findings.firstPosition[number] = position;
            findings.epochDay[number] = enriched.getLocalEpochDay();
            findings.amounts[0][number] = enriched.getFootprint().getEnergy().getMid();
            findings.amounts[1][number] = enriched.getFootprint().getWater().getMid();
            findings.amounts[2][number] = enriched.getFootprint().getCarbon().getMid();
        }
    }

    private static void readRows(Connection connection, CheckerFindings findings) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement("SELECT source, id FROM events_enriched WHERE org_id = ?")) {
            query.setFetchSize(10_000);
            query.setString(1, findings.sent.organisation().id());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    int number = findings.sent.numberOf(row.getString(1), row.getString(2));
                    if (number < 0) {
                        findings.problem("the event table has an event that was never sent: " + row.getString(2));
                    } else if (findings.inTable[number] < Byte.MAX_VALUE) {
                        findings.inTable[number]++;
                    }
                }
            }
        }
    }

    private static void checkDays(Connection connection, CheckerFindings findings) throws SQLException {
        Map<LocalDate, DaySums> expected = new TreeMap<>();
        findings.sent
                .expected()
                .forEach((date, counts) -> expected.put(
                        date,
                        new DaySums(
                                counts.calls(),
                                counts.tokensIn(),
                                counts.tokensOut(),
                                BigDecimal.ZERO,
                                BigDecimal.ZERO,
                                BigDecimal.ZERO)));
        addAmounts(findings, expected);
        for (String table : DAILY) {
            Map<LocalDate, DaySums> stored =
                    stored(connection, table, findings.sent.organisation().id());
            var dates = new TreeSet<>(expected.keySet());
            dates.addAll(stored.keySet());
            for (LocalDate date : dates) {
                DaySums want = expected.get(date);
                DaySums have = stored.get(date);
                if (want == null || have == null || !same(want, have)) {
                    findings.problem(table + " of " + date + " has " + have + ", but " + want + " was sent");
                }
            }
        }
    }

    /** Compares amounts with the ledger, because senders do not know them. */
    private static void addAmounts(CheckerFindings findings, Map<LocalDate, DaySums> expected) {
        Map<LocalDate, long[]> sums = new HashMap<>();
        for (int number = 0; number < findings.epochDay.length; number++) {
            if (findings.inLedger[number] == 0) {
                continue;
            }
            LocalDate date = findings.sent
                    .organisation()
                    .dateOf(findings.sent.event(number).ts());
            if (findings.epochDay[number] != date.toEpochDay()) {
                findings.problem("event-" + number + " of " + date + " is booked on "
                        + LocalDate.ofEpochDay(findings.epochDay[number]));
            }
            long[] sum = sums.computeIfAbsent(date, key -> new long[3]);
            for (int quantity = 0; quantity < 3; quantity++) {
                sum[quantity] = Math.addExact(sum[quantity], findings.amounts[quantity][number]);
            }
        }
        sums.forEach((date, sum) -> expected.computeIfPresent(
                date,
                (key, day) -> new DaySums(
                        day.calls(),
                        day.tokensIn(),
                        day.tokensOut(),
                        BigDecimal.valueOf(sum[0], 12),
                        BigDecimal.valueOf(sum[1], 9),
                        BigDecimal.valueOf(sum[2], 12))));
    }

    private static Map<LocalDate, DaySums> stored(Connection connection, String table, String org) throws SQLException {
        Map<LocalDate, DaySums> days = new TreeMap<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT date, sum(call_count), sum(tokens_in),"
                + " sum(tokens_out), coalesce(sum(kwh), 0), coalesce(sum(water_l), 0), coalesce(sum(co2_kg), 0) FROM "
                + table + " WHERE org_id = ? GROUP BY date")) {
            query.setString(1, org);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    days.put(
                            row.getObject(1, LocalDate.class),
                            new DaySums(
                                    row.getLong(2),
                                    row.getLong(3),
                                    row.getLong(4),
                                    row.getBigDecimal(5),
                                    row.getBigDecimal(6),
                                    row.getBigDecimal(7)));
                }
            }
        }
        return days;
    }

    private static boolean same(DaySums one, DaySums other) {
        return one.calls() == other.calls()
                && one.tokensIn() == other.tokensIn()
                && one.tokensOut() == other.tokensOut()
                && one.kwh().compareTo(other.kwh()) == 0
                && one.waterL().compareTo(other.waterL()) == 0
                && one.co2Kg().compareTo(other.co2Kg()) == 0;
    }

    private static List<TopicPartition> partitions() {
        return IntStream.range(0, Topic.EVENTS_ENRICHED.partitions())
                .mapToObj(p -> new TopicPartition(Topic.EVENTS_ENRICHED.topicName(), p))
                .toList();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return kafka.consumer(Map.of(
                "isolation.level", "read_committed", "enable.auto.commit", "false", "auto.offset.reset", "earliest"));
    }
}
