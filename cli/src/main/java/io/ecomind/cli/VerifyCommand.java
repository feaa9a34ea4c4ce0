package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Profile;
import io.ecomind.cli.verify.DayKey;
import io.ecomind.cli.verify.Reconciled;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.cli.verify.VerifiedAmounts;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks every total against the event log. */
@Command(
        name = "verify",
        description = "Check all stored events and daily totals against the event log in Kafka, to the last unit.",
        footer = {
            "",
            "Every record of the topic events.raw is one of: a heartbeat, live, late (received more than"
                    + " 7 days, the horizon, after its ts; counted as well), duplicate, rejected or MISSING. A day is"
                    + " sealed when its totals are final, 7 days and 15 minutes after its end; an event that comes"
                    + " after that is stored and counted by the next restatement. It ends with 1 when a record is missing or a total differs."
        })
public final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private ProfileOptions.Ledger options = new ProfileOptions.Ledger();

    @Option(names = "--org", paramLabel = "ORG", description = "Only this organisation (default: all).")
    private @Nullable String org;

    @Option(names = "--from", paramLabel = "DATE", description = "First local date (default: all).")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DATE", description = "Last local date (default: all).")
    private @Nullable LocalDate to;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (from != null && to != null && to.isBefore(from)) {
            throw CommandException.wrongUsage("--to is before --from");
        }
        Profile profile = options.load();
        VerificationReport report = Verification.run(profile, new Selection(org, from, to), line -> {
            out.println(line);
            out.flush();
        });
        out.println(Reconciled.read(profile.database("pipeline")).line());
        print(out, report);
        return ExitCode.of(report.exact());
    }

    public static void print(PrintWriter out, VerificationReport report) {
        var table = new TextTable(
                2,
                "organisation",
                "date",
                "raw",
                "live",
                "late",
                "duplicate",
                "rejected",
                "rows",
                "calls",
                "tokens in",
                "tokens out",
                "kWh",
                "L",
                "kg CO2e",
                "");
        report.days().forEach((key, day) -> table.row(cells(key, day)));
        table.lines().forEach(out::println);
        report.days().forEach((key, day) -> {
            if (day.waiting() > 0) {
                out.println("  " + key.orgId() + " " + key.date() + ": " + Numbers.count(day.waiting())
                        + " rows came after the day was sealed and are waiting for restatement");
            }
        });
        report.days().forEach((key, day) -> {
            if (day.ratedAgain()) {
                out.println(
                        "  " + key.orgId() + " " + key.date()
                                + ": rated again under another factor set; its amounts are compared with the event rows, not with the ledger");
            }
        });
        if (!report.refusedByGateway().isEmpty()) {
            out.println("rejected by the gateway, never in events.raw:");
            report.refusedByGateway().forEach((code, count) -> out.println("  " + code + ": " + Numbers.count(count)));
        }
        report.findings().lines().forEach(out::println);
        out.println(report.conclusion());
        out.flush();
    }

    private static String[] cells(DayKey key, VerificationReport.Day day) {
        VerifiedAmounts stored = day.stored();
        return new String[] {
            key.orgId().isEmpty() ? "?" : key.orgId(),
            key.date() == null ? "no date" : key.date().toString(),
            Numbers.count(day.counts().raw()),
            Numbers.count(day.counts().live()),
            Numbers.count(day.counts().late()),
            Numbers.count(day.counts().duplicate()),
            Numbers.count(day.counts().rejected()),
            Numbers.count(day.rows()),
            Numbers.count(stored.count(Counter.CALL_COUNT)),
            Numbers.count(stored.count(Counter.TOKENS_IN)),
            Numbers.count(stored.count(Counter.TOKENS_OUT)),
            amount(stored, Quantity.ENERGY),
            amount(stored, Quantity.WATER),
            amount(stored, Quantity.CARBON),
            day.exact() ? "ok" : "DIFFERENT"
        };
    }

    private static String amount(VerifiedAmounts day, Quantity quantity) {
        BigDecimal amount = day.amount(new Figure(quantity, Bound.MID));
        // Without a single call that has it the amount is unknown, which is not zero.
        return amount == null ? "—" : Numbers.amount(amount);
    }
}
