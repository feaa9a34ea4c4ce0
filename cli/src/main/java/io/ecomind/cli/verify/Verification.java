package io.ecomind.cli.verify;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Installation;
import io.ecomind.connect.KafkaLogReader;
import io.ecomind.contracts.Topic;
import io.ecomind.footprint.Counter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** One check of all totals against the event log, between offsets that are fixed at its beginning. Stateless. */
public final class Verification {
    private Verification() {}

    /**
     * Waits until what is in events.raw now has been projected, then checks.
     *
     * @param say is told what is being done
     */
    public static VerificationReport run(Installation installation, Selection selection, Consumer<String> say) {
        try (var progress = new ProjectionProgress(installation.kafka(), installation.database("pipeline"))) {
            KafkaLogReader kafka = progress.kafka();
            Map<Integer, Long> rawBegins = kafka.begins(Topic.EVENTS_RAW);
            Map<Integer, Long> rawEnds = kafka.ends(Topic.EVENTS_RAW);
            progress.awaitProjected(rawEnds, say);
            LogClassifier log = new LogClassifier(selection, ranges(rawBegins, rawEnds));
            say.accept("reading events.rejected");
            kafka.read(Topic.EVENTS_REJECTED, progress.awaitCommitted(Topic.EVENTS_REJECTED, say), log::rejected);
            say.accept("reading events.enriched");
            kafka.read(Topic.EVENTS_ENRICHED, kafka.stableEnds(Topic.EVENTS_ENRICHED), log::enriched);
            say.accept("reading events.raw");
            kafka.read(Topic.EVENTS_RAW, rawEnds, log::raw);
            log.finish();
            say.accept("comparing the daily totals with these events");
            var tables = new TableCheck(selection, log.findings());
            tables.run(installation.database("pipeline"), log.selectedLedger(), log.rawRanges());
            return report(log, tables);
        } catch (SQLException e) {
            throw new CommandException("the tables could not be read: " + e.getMessage(), e);
        }
    }

    static VerificationReport report(LogClassifier log, TableCheck tables) {
        Findings findings = log.findings();
        Map<DayKey, VerificationReport.Day> days = new TreeMap<>();
        var keys = new TreeSet<>(log.days().keySet());
        keys.addAll(tables.days().keySet());
        for (DayKey key : keys) {
            DayCounts counts = log.days().getOrDefault(key, new DayCounts());
            TableCheck.DayRows rows = tables.days().getOrDefault(key, TableCheck.DayRows.NONE);
            VerifiedAmounts ledger = counts.ledger();
            // What was rated again has other amounts than the ledger, and the same calls.
            boolean ratedAgain = tables.isRatedAgain(key);
            List<String> ofRows = new ArrayList<>(
                    ratedAgain ? ledger.differencesOfCalls(rows.inside()) : ledger.differences(rows.inside()));
            if (!ratedAgain) {
                ofRows.addAll(ledger.differencesOfKnown(rows.inside()));
            }
            List<String> ofTotals = (ratedAgain ? rows.inside() : ledger)
                    .plus(rows.beyond())
                    .minus(rows.waiting())
                    .differences(rows.stored());
            report(key, "event rows", ofRows, findings);
            report(key, "daily_org_agg", ofTotals, findings);
            boolean same = ofRows.isEmpty() && ofTotals.isEmpty();
            days.put(
                    key,
                    new VerificationReport.Day(
                            counts,
                            rows.inside().count(Counter.CALL_COUNT).longValueExact(),
                            rows.waiting().count(Counter.CALL_COUNT).longValueExact(),
                            rows.stored(),
                            ratedAgain,
                            same && !tables.differs(key)));
        }
        return new VerificationReport(
                days, log.heartbeats(), log.missing(), log.refusedByGateway(), log.refusalExamples(), findings);
    }

    private static void report(DayKey key, String what, List<String> differences, Findings findings) {
        if (!differences.isEmpty()) {
            findings.add(
                    what + " differ from the ledger",
                    key.orgId() + " " + key.date() + ": " + String.join("; ", differences));
        }
    }

    private static Map<Integer, OffsetRange> ranges(Map<Integer, Long> begins, Map<Integer, Long> ends) {
        Map<Integer, OffsetRange> ranges = new TreeMap<>();
        ends.forEach(
                (partition, end) -> ranges.put(partition, new OffsetRange(begins.getOrDefault(partition, 0L), end)));
        return ranges;
    }
}
