package io.ecomind.dev.chaos;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.contracts.Topic;
import io.ecomind.dev.chaos.Scenario.ScenarioSending;
import io.ecomind.jobs.restatement.RestatementRunner;
import io.ecomind.jobs.runtime.JobEnvironment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.apache.kafka.common.utils.Utils;

/** Days end, have 23 to 25 hours, or get early or late events. The clock only moves forward. Stateless. */
final class TimeScenarios {
    private static final int SHARDS = 64;

    /** The year in which the clock begins, for the days on which clocks are changed. */
    private static final LocalDate ZONE_CHANGE = LocalDate.of(2026, 5, 20);

    private TimeScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of(
                                "days-of-all-lengths",
                                "events at the edges of days of 23, 24 and 25 h, also where midnight is skipped",
                                TimeScenarios::walkDays)
                        .with(
                                ScenarioSending.of("amsterdam", "Europe/Amsterdam", 2),
                                ScenarioSending.of("cairo", "Africa/Cairo", 2),
                                ScenarioSending.of("santiago", "America/Santiago", 2),
                                ScenarioSending.of("lord-howe", "Australia/Lord_Howe", 2),
                                ScenarioSending.of("kolkata", "Asia/Kolkata", 2)),
                Scenario.of(
                                "changed-zone",
                                "an organisation changes its time zone at a midnight",
                                TimeScenarios::changeZone)
                        .with(
                                new ScenarioSending(
                                        "east",
                                        Map.of(
                                                LocalDate.EPOCH,
                                                ZoneId.of("America/New_York"),
                                                ZONE_CHANGE,
                                                ZoneId.of("Asia/Kolkata")),
                                        2),
                                new ScenarioSending(
                                        "west",
                                        Map.of(
                                                LocalDate.EPOCH,
                                                ZoneId.of("Asia/Kolkata"),
                                                ZONE_CHANGE,
                                                ZoneId.of("America/New_York")),
                                        2)),
                Scenario.of(
                                "day-edges",
                                "events 1 ms before, at and 1 ms after the end of a day",
                                TimeScenarios::sendAtEdges)
                        .inShortPass(),
                Scenario.of(
                                "silent-partition",
                                "one partition gets no events before and after midnight",
                                TimeScenarios::leaveOnePartitionSilent)
                        .with(ScenarioSending.of("", "Europe/Amsterdam", SHARDS)),
                Scenario.of("late", "events arrive 1 h, 25 h and 40 days late", TimeScenarios::sendLate)
                        .inShortPass(),
                Scenario.of(
                                "clock-ahead",
                                "a sender's clock is 14 min ahead, beside others on time",
                                TimeScenarios::sendAhead)
                        .with(
                                ScenarioSending.of("ahead", "Europe/Amsterdam", 2),
                                ScenarioSending.of("on-time", "Europe/Amsterdam", 2)),
                Scenario.of("no-traffic", "no event arrives around the end of a day", TimeScenarios::passInSilence));
    }

    private static void walkDays(ChaosStage stage) {
        // Edges of the days on which clocks change; for zones without changes, of one ordinary day.
        var edges = new TreeMap<Instant, SentLedger>();
        for (SentLedger ledger : stage.ledgers()) {
            ChaosOrganisation organisation = ledger.organisation();
            LocalDate date = organisation.dateOf(stage.clock().instant()).plusDays(2);
            LocalDate end = organisation.dateOf(Instant.now()).minusDays(120);
            int found = 0;
            for (; date.isBefore(end); date = date.plusDays(1)) {
                Duration length = Duration.between(organisation.beginOf(date), organisation.beginOf(date.plusDays(1)));
                if (!length.equals(Duration.ofHours(24)) || (found == 0 && date.getDayOfMonth() == 15)) {
                    edges.put(organisation.beginOf(date), ledger);
                    edges.put(organisation.beginOf(date.plusDays(1)), ledger);
                    found++;
                }
            }
        }
        for (var edge : edges.entrySet()) {
            // Edges of two organisations may lie close together; the clock cannot go back for the second.
            Instant now = stage.clock().instant();
            if (now.isBefore(edge.getKey().plusSeconds(1))) {
                stage.clock().jumpTo(edge.getKey().plusSeconds(1));
            }
            sendAround(stage, edge.getValue(), edge.getKey());
        }
        stage.fault("sent at " + edges.size() + " edges of days");
        for (SentLedger ledger : stage.ledgers()) {
            LocalDate last = ledger.expected().keySet().stream()
                    .max(LocalDate::compareTo)
                    .orElseThrow();
            stage.seal(ledger.organisation(), last);
        }
        var lengths = new TreeSet<Double>();
        for (SentLedger ledger : stage.ledgers()) {
            ledger.expected()
                    .keySet()
                    .forEach(date -> lengths.add(Duration.between(
                                            ledger.organisation().beginOf(date),
                                            ledger.organisation().beginOf(date.plusDays(1)))
                                    .toMinutes()
                            / 60.0));
        }
        stage.require(lengths.contains(23.0) && lengths.contains(24.0), "only days of " + lengths + " h occurred");
        stage.proof("days of " + lengths + " h, all sealed");
    }

    private static void changeZone(ChaosStage stage) {
        for (LocalDate date : List.of(ZONE_CHANGE.minusDays(1), ZONE_CHANGE, ZONE_CHANGE.plusDays(1))) {
            var edges = new TreeMap<Instant, List<SentLedger>>();
            stage.ledgers()
                    .forEach(ledger -> edges.computeIfAbsent(
                                    ledger.organisation().beginOf(date), key -> new ArrayList<>())
                            .add(ledger));
            edges.forEach((edge, ledgers) -> {
                if (stage.clock().instant().isBefore(edge.plusSeconds(1))) {
                    stage.clock().jumpTo(edge.plusSeconds(1));
                }
                ledgers.forEach(ledger -> sendAround(stage, ledger, edge));
            });
        }
        stage.fault("sent at the edges of the days around the change");
        for (SentLedger ledger : stage.ledgers()) {
            stage.seal(ledger.organisation(), ZONE_CHANGE);
        }
        stage.proof("the day before the change had "
                + stage.ledgers().stream()
                        .map(ledger -> Duration.between(
                                                        ledger.organisation().beginOf(ZONE_CHANGE.minusDays(1)),
                                                        ledger.organisation().beginOf(ZONE_CHANGE))
                                                .toMinutes()
                                        / 60.0
                                + " h")
                        .toList()
                + ", all sealed");
    }

    private static void sendAtEdges(ChaosStage stage) {
        SentLedger ledger = stage.ledger();
        LocalDate today = ledger.organisation().dateOf(stage.clock().instant());
        Instant end = ledger.organisation().beginOf(today.plusDays(1));
        stage.clock().jumpTo(end.plusSeconds(1));
        int rounds = stage.choose(100, 20);
        for (int round = 0; round < rounds; round++) {
            sendAround(stage, ledger, end);
        }
        stage.fault("sent " + 6 * rounds + " events around midnight");
        stage.seal(ledger.organisation(), today);
        stage.proof("the day is sealed with "
                + stage.question(
                        "SELECT call_count FROM daily_org_agg WHERE org_id = ? AND date = ?",
                        ledger.organisation().id(),
                        today)
                + " of " + 6 * rounds);
    }

    /** Sends events just before, at and after a moment. */
    private static void sendAround(ChaosStage stage, SentLedger ledger, Instant moment) {
        List<Integer> numbers = new ArrayList<>();
        for (int millis : new int[] {-2, -1, 0, 1, 2, 1_000}) {
            numbers.add(ledger.create(moment.plusMillis(millis)));
        }
        stage.sender().send(ledger, numbers);
    }

    private static void leaveOnePartitionSilent(ChaosStage stage) {
        SentLedger ledger = stage.ledger();
        int partitions = Topic.EVENTS_RAW.partitions();
        int silent = stage.random().nextInt(partitions);
        LocalDate today = ledger.organisation().dateOf(stage.clock().instant());
        Instant midnight = ledger.organisation().beginOf(today.plusDays(1));
        stage.clock().jumpTo(midnight.minusSeconds(5));
        for (int half = 0; half < 2; half++) {
            List<Integer> numbers = new ArrayList<>();
            while (numbers.size() < stage.choose(2_000, 500)) {
                int number = ledger.create(stage.clock().instant());
                if (partitionOf(ledger, number, partitions) != silent) {
                    numbers.add(number);
                }
            }
            for (int from = 0; from < numbers.size(); from += 500) {
                stage.sender().send(ledger, numbers.subList(from, Math.min(numbers.size(), from + 500)));
            }
            if (half == 0) {
                stage.clock().jumpTo(midnight.plusSeconds(5));
            }
        }
        stage.fault("sent nothing to partition " + silent + " on both sides of midnight");
        stage.seal(ledger.organisation(), today);
        stage.settle();
        String org = ledger.organisation().id();
        long heard = stage.question("SELECT count(DISTINCT raw_partition) FROM events_enriched WHERE org_id = ?", org);
        long there = stage.question(
                "SELECT count(*) FROM events_enriched WHERE org_id = ? AND raw_partition = ?", org, silent);
        stage.require(there == 0, there + " events went to the silent partition");
        if (heard == partitions - 1) {
            stage.proof("the day is sealed; events came through " + heard + " of " + partitions + " partitions");
        }
    }

    /**
     * The same assignment as in the gateway: hash of source and id to a shard, hash of the shard's key to a partition.
     */
    private static int partitionOf(SentLedger ledger, int number, int partitions) {
        var hash = new CRC32();
        hash.update((SentLedger.SOURCE + '\0' + ledger.event(number).id()).getBytes(StandardCharsets.UTF_8));
        String key = ledger.organisation().id() + "#" + hash.getValue() % SHARDS;
        return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions;
    }

    private static void sendLate(ChaosStage stage) throws Exception {
        SentLedger ledger = stage.ledger();
        ChaosOrganisation organisation = ledger.organisation();
        LocalDate first = organisation.dateOf(stage.clock().instant());
        stage.send(200);
        stage.seal(organisation, first);
        Instant now = stage.clock().instant();
        int each = stage.choose(1_000, 200);
        List<Duration> lateness = List.of(Duration.ofHours(1), Duration.ofHours(25), Duration.ofDays(40));
        for (Duration late : lateness) {
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                numbers.add(ledger.create(now.minus(late).plusMillis(i)));
            }
            stage.sender().send(ledger, numbers);
        }
        // These belong to the day that was sealed above.
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            numbers.add(ledger.create(organisation.beginOf(first.plusDays(1)).minusMillis(1 + i)));
        }
        stage.sender().send(ledger, numbers);
        stage.fault("sent " + 4 * each + " late events");
        stage.settle();
        long flagged =
                stage.question("SELECT count(*) FROM events_enriched WHERE org_id = ? AND late", organisation.id());
        stage.require(flagged == 4L * each, flagged + " of " + 4 * each + " late events are marked as late");
        var restatements = new RestatementRunner(stage.cluster().jobConfig(), () -> JobEnvironment.localBounded(1));
        Waiting.until("late rows are counted", Duration.ofMinutes(2), () -> {
            drain(restatements);
            return stage.question(
                            "SELECT count(*) FROM day_states WHERE org_id = ? AND needs_restatement", organisation.id())
                    == 0;
        });
        long versions = stage.question("SELECT count(*) FROM rating_versions WHERE org_id = ?", organisation.id());
        if (versions > 0) {
            stage.proof(flagged + " events were marked late; sealed days got " + versions + " new versions");
        }
    }

    private static void drain(RestatementRunner restatements) {
        try {
            restatements.drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while restating", e);
        } catch (Exception e) {
            throw new CommandException("a restatement failed: " + e.getMessage(), e);
        }
    }

    private static void sendAhead(ChaosStage stage) {
        SentLedger ahead = stage.ledgers().get(0);
        SentLedger onTime = stage.ledgers().get(1);
        LocalDate today = onTime.organisation().dateOf(stage.clock().instant());
        Instant midnight = onTime.organisation().beginOf(today.plusDays(1));
        // The sender that is ahead is already in tomorrow while the other has ten minutes of today left.
        stage.clock().jumpTo(midnight.minus(Duration.ofMinutes(10)));
        for (int round = 0; round < stage.choose(20, 5); round++) {
            for (SentLedger ledger : List.of(ahead, onTime)) {
                Duration offset = ledger == ahead ? Duration.ofMinutes(14) : Duration.ZERO;
                List<Integer> numbers = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    numbers.add(ledger.create(stage.clock().instant().plus(offset)));
                }
                stage.sender().send(ledger, numbers);
            }
            stage.clock().jump(Duration.ofSeconds(50));
        }
        stage.fault("one sender sends events with times 14 min ahead");
        stage.seal(onTime.organisation(), today);
        stage.seal(ahead.organisation(), today.plusDays(1));
        long early = stage.question(
                "SELECT count(*) FROM events_enriched WHERE org_id = ? AND ts > received_at + INTERVAL '10 minutes'",
                ahead.organisation().id());
        if (early > 0) {
            stage.proof(early + " events were received before the time that they carry; both days are sealed");
        }
    }

    private static void passInSilence(ChaosStage stage) {
        SentLedger ledger = stage.ledger();
        LocalDate today = ledger.organisation().dateOf(stage.clock().instant());
        stage.send(500);
        stage.settle();
        stage.fault("no event is sent for the rest of the day");
        stage.seal(ledger.organisation(), today);
        stage.proof("the day was sealed by heartbeats, without events");
    }
}
