package io.ecomind.cli;

import io.ecomind.cli.verify.SubmittedEvents;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** What replay and import say with --wait. Stateless. */
final class SentReport {
    private SentReport() {}

    static void print(PrintWriter out, SubmittedEvents.Outcome outcome, Duration waited) {
        out.println(
                String.format(Locale.ROOT, "of the accepted events, after waiting %.1f s:", waited.toNanos() / 1e9));
        out.println("counted now             " + Numbers.count(outcome.counted()));
        if (outcome.waiting() > 0) {
            out.println("for a sealed day        " + Numbers.count(outcome.waiting())
                    + " (stored; the next restatement counts them)");
        }
        out.println("counted before          " + Numbers.count(outcome.duplicates())
                + (outcome.duplicates() > 0 ? " (duplicates: same id and ts)" : ""));
        long rejected =
                outcome.rejected().values().stream().mapToLong(Long::longValue).sum();
        out.println("rejected afterwards     " + Numbers.count(rejected));
        outcome.rejected().forEach((code, count) -> out.println("  " + code + ": " + Numbers.count(count)));
        if (outcome.unexplained() > 0) {
            out.println("NOT FOUND               " + Numbers.count(outcome.unexplained())
                    + " (./ecomind verify says more)");
        }
        out.println(conclusion(outcome));
        out.flush();
    }

    private static String conclusion(SubmittedEvents.Outcome outcome) {
        if (outcome.accepted() == 0) {
            return "no event was accepted";
        }
        if (!outcome.allCounted()) {
            return "not every accepted event is in the daily totals";
        }
        return outcome.waiting() == 0
                ? "every accepted event is in the daily totals"
                : "every accepted event is in the daily totals, or will be with the next restatement";
    }
}
