package io.ecomind.cli.verify;

import java.util.Map;

/**
 * What a check found. Immutable.
 *
 * @param refusedByGateway items by error code that never came into events.raw
 * @param findings what is wrong; empty when all is exact
 */
public record VerificationReport(
        Map<DayKey, Day> days,
        long heartbeats,
        long missing,
        Map<String, Long> refusedByGateway,
        Map<String, String> refusalExamples,
        Findings findings) {
    /**
     * One day.
     *
     * @param rows of the event table
     * @param waiting rows that are in no total yet, because the day was sealed when they came
     * @param stored the day's totals as served
     * @param ratedAgain its amounts are of another factor set than the ledger's, so only its calls are compared with that
     */
    public record Day(
            DayCounts counts, long rows, long waiting, VerifiedAmounts stored, boolean ratedAgain, boolean exact) {}

    /** True when nothing differs anywhere. */
    public boolean exact() {
        return findings.isEmpty();
    }

    public long live() {
        return days.values().stream().mapToLong(day -> day.counts().live()).sum();
    }

    public long late() {
        return days.values().stream().mapToLong(day -> day.counts().late()).sum();
    }

    public long duplicate() {
        return days.values().stream().mapToLong(day -> day.counts().duplicate()).sum();
    }

    public long rejected() {
        return days.values().stream().mapToLong(day -> day.counts().rejected()).sum();
    }

    /** All records with an event. */
    public long raw() {
        return live() + late() + duplicate() + rejected() + missing;
    }

    /** The result in one line. */
    public String conclusion() {
        String balance = raw() + " raw = " + live() + " live + " + late() + " late + " + duplicate() + " duplicate + "
                + rejected() + " rejected" + (missing == 0 ? "" : " + " + missing + " MISSING");
        return exact()
                ? "verify: exact: " + balance + "; daily tables equal the rows to the nano-unit"
                : "verify: DIFFERENT: " + balance + "; " + String.join(", ", describe());
    }

    private Iterable<String> describe() {
        return findings.counts().entrySet().stream()
                .map(kind -> kind.getKey() + ": " + kind.getValue())
                .toList();
    }
}
