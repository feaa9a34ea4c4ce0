package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Profile;
import io.ecomind.jobs.restatement.RestatementRequest;
import io.ecomind.jobs.restatement.RestatementResult;
import io.ecomind.jobs.restatement.RestatementResult.DayOutcome;
import io.ecomind.jobs.restatement.RestatementRunner;
import io.ecomind.jobs.restatement.UnknownFactorSetException;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Restates sealed days now. */
@Command(
        name = "restate",
        description = {
            "Give sealed days a new rating version: count the events that came too late for the first totals, or rate all"
                    + " events again under another factor set.",
            "A day is sealed when its totals are final, 7 days (the horizon) and 15 minutes after its end. An event that"
                    + " comes after that is stored, and in no total until the day is restated."
        },
        footer = {
            "",
            "The stack restates days with late events by itself; this does it now. Earlier versions stay"
                    + " readable. The job runs in this process. Nothing to do, and days that have to wait, are no"
                    + " failure; it ends with 1 when a day was left as it is because event rows of it are no"
                    + " longer stored, and with 2 when there is no such factor set."
        })
public final class RestateCommand implements Callable<Integer> {
    private static final int PARALLELISM = 2;
    private static final int MAX_REASON = 1_000;

    @Mixin
    private ProfileOptions.Ledger options = new ProfileOptions.Ledger();

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    @Option(names = "--org", paramLabel = "ORG", description = "Only this organisation (default: all).")
    private @Nullable String org;

    @Option(names = "--from", paramLabel = "DATE", description = "First local date (default: all).")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DATE", description = "Last local date (default: all).")
    private @Nullable LocalDate to;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Stored with the new versions.")
    private String reason = "";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Exactly one of the two. */
    static final class What {
        @Option(
                names = "--late",
                required = true,
                description = "Count the events that came after their day was sealed.")
        boolean late;

        @Option(
                names = "--factor-set",
                paramLabel = "ID",
                required = true,
                description = "Rate every event of the days again under this factor set.")
        @Nullable
        String factorSet;
    }

    @Override
    public Integer call() throws Exception {
        if (from != null && to != null && to.isBefore(from)) {
            throw CommandException.wrongUsage("--to is before --from");
        }
        if (reason.length() > MAX_REASON) {
            throw CommandException.wrongUsage("--reason must have at most " + MAX_REASON + " characters");
        }
        Profile profile = options.load();
        DatabaseAddress pipeline = profile.database("pipeline");
        var restatements = new RestatementRunner(
                JobConfig.of(profile.kafka(), pipeline.settings()), () -> JobEnvironment.localBounded(PARALLELISM));
        RestatementResult done;
        try {
            done = restatements.run(new RestatementRequest(what.factorSet, org, from, to, reason));
        } catch (UnknownFactorSetException unknown) {
            throw CommandException.wrongUsage(String.valueOf(unknown.getMessage()));
        }
        print(spec.commandLine().getOut(), done);
        return ExitCode.of(done.count(DayOutcome.INCOMPLETE) == 0);
    }

    static void print(PrintWriter out, RestatementResult done) {
        if (done.days().isEmpty()) {
            out.println("there is nothing to restate");
            out.flush();
            return;
        }
        var table = new TextTable(2, "organisation", "date", "version", "", "calls", "kWh", "L", "kg CO2e");
        for (RestatementResult.RestatedDay day : done.days()) {
            RestatementResult.DayTotals before = day.before();
            RestatementResult.DayTotals after = day.after();
            if (before != null && after != null) {
                row(table, day, day.version() - 1, "was", before);
                row(table, day, day.version(), "is", after);
            }
        }
        long restated = done.count(DayOutcome.RESTATED);
        if (restated > 0) {
            table.lines().forEach(out::println);
        }
        for (RestatementResult.RestatedDay day : done.days()) {
            String why = switch (day.outcome()) {
                case RESTATED -> "";
                case NOT_SEALED -> "is not sealed yet and waits";
                case CHANGED -> "received more events meanwhile; the next run tries again";
                case LOST -> "was restated by another run meanwhile";
                case INCOMPLETE -> "was left as it is: some of its event rows are no longer stored";
            };
            if (!why.isEmpty()) {
                out.println("  " + day.orgId() + " " + day.date() + " " + why);
            }
        }
        out.println("restated " + Numbers.count(restated) + " of "
                + Numbers.count(done.days().size()) + " days (restatement " + done.id() + ")");
        out.flush();
    }

    private static void row(
            TextTable table,
            RestatementResult.RestatedDay day,
            int version,
            String when,
            RestatementResult.DayTotals totals) {
        table.row(
                day.orgId(),
                day.date().toString(),
                Integer.toString(version),
                when,
                Numbers.count(totals.calls()),
                amount(totals.kwh()),
                amount(totals.waterLitres()),
                amount(totals.co2Kg()));
    }

    private static String amount(@Nullable BigDecimal amount) {
        // Without a single call that has it the amount is unknown, which is not zero.
        return amount == null ? "—" : Numbers.amount(amount);
    }
}
