package io.ecomind.jobs.rebuild;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a rebuild has done. Immutable.
 *
 * @param id in the table rebuilds
 * @param records of both topics that were read
 * @param events records of the ledger with an event; repeats count
 * @param rowsAdded events that had no row
 * @param rejections records of events.rejected
 * @param rejectionsAdded rejections that had no row
 * @param daysClosed changes of day states once all was in
 * @param ratedAsLedger days that had been rated under another factor set and are now rated as the ledger says
 * @param truncatedDays days that Kafka does not hold from their beginning and that were not sealed before
 */
public record RebuildReport(
        long id,
        long records,
        long events,
        long rowsAdded,
        long rejections,
        long rejectionsAdded,
        long daysClosed,
        List<RatedAsLedger> ratedAsLedger,
        List<OrgDay> truncatedDays) {
    private static final int MAX_LISTED = 50;

    public RebuildReport {
        ratedAsLedger = List.copyOf(ratedAsLedger);
        truncatedDays = List.copyOf(truncatedDays);
    }

    /**
     * A day that has lost a rerating.
     *
     * @param factorSet the last that it was rated again under
     * @param version its rating version now
     */
    public record RatedAsLedger(OrgDay day, String factorSet, int version) {}

    /** Events that had a row before, or are repeated in the ledger. */
    public long rowsThere() {
        return events - rowsAdded;
    }

    /** For people: what to know about days, then the figures. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (!ratedAsLedger.isEmpty()) {
            lines.add("rated again before, and now as the ledger says, because Kafka does not hold reratings"
                    + " (./ecomind restate --factor-set does them again):");
            ratedAsLedger.stream()
                    .limit(MAX_LISTED)
                    .map(lost -> "  " + lost.day().orgId() + " " + lost.day().date() + ": was under " + lost.factorSet()
                            + ", version " + lost.version() + " is not")
                    .forEach(lines::add);
            more(lines, ratedAsLedger.size());
        }
        if (!truncatedDays.isEmpty()) {
            lines.add("perhaps incomplete, because Kafka no longer holds them from their beginning:");
            truncatedDays.stream()
                    .limit(MAX_LISTED)
                    .collect(Collectors.groupingBy(
                            OrgDay::orgId,
                            TreeMap::new,
                            Collectors.mapping(day -> day.date().toString(), Collectors.joining(", "))))
                    .forEach((org, dates) -> lines.add("  " + org + ": " + dates));
            more(lines, truncatedDays.size());
        }
        lines.add(String.format(
                Locale.ROOT,
                "rebuild %d: %,d records read, %,d rows added, %,d rows already there, %,d of %,d rejections added",
                id,
                records,
                rowsAdded,
                rowsThere(),
                rejectionsAdded,
                rejections));
        return lines;
    }

    private static void more(List<String> lines, int size) {
        if (size > MAX_LISTED) {
            lines.add("  and " + (size - MAX_LISTED) + " more");
        }
    }
}
