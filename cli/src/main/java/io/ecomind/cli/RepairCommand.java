package io.ecomind.cli;

import io.ecomind.cli.profile.Profile;
import io.ecomind.cli.repair.Repair;
import io.ecomind.jobs.enrichment.MissingRecordEnricher.RepairDisposition;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Appends the records that a lost Kafka transaction has left out of the ledger. */
@Command(
        name = "repair",
        description = {
            "Append accepted events that are missing from the ledger (the topic events.enriched).",
            "An event is missing when the enrichment job has read it and the Kafka transaction with its result was lost."
        },
        footer = {
            "",
            "It appends these events and no others, in one transaction, and may be run again. It ends with 1 when a"
                    + " missing record turned out to be invalid and was appended as a rejection, and while it"
                    + " cannot decide about records that were received a moment ago; with 0 when nothing was found"
                    + " missing or every event that was found is appended."
        })
public final class RepairCommand implements Callable<Integer> {
    @Mixin
    private ProfileOptions.Ledger options = new ProfileOptions.Ledger();

    @Option(
            names = "--dry-run",
            description = "Append nothing; list what would be appended, and end with 1 if there is anything.")
    private boolean dryRun;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        Profile profile = options.load();
        PrintWriter out = spec.commandLine().getOut();
        Consumer<String> say = line -> {
            out.println(line);
            out.flush();
        };
        Repair.RepairResult outcome = dryRun ? Repair.preview(profile, say) : Repair.run(profile, say);
        print(out, outcome, dryRun);
        return exitCode(outcome, dryRun);
    }

    /** 0 only when every record is known to be counted: a preview counts none, a rejection is not counted. */
    static int exitCode(Repair.RepairResult outcome, boolean dryRun) {
        return ExitCode.of(outcome.undecided() == 0
                && outcome.count(RepairDisposition.REJECTED) == 0
                && (!dryRun || outcome.records().isEmpty()));
    }

    static void print(PrintWriter out, Repair.RepairResult outcome, boolean dryRun) {
        for (Repair.RepairedRecord record : outcome.records()) {
            String who = record.result().orgId().isEmpty()
                    ? "cannot be read"
                    : "org " + record.result().orgId() + ", id "
                            + record.result().eventId();
            out.println("  " + record.partition() + ":" + record.offset() + " (" + who + ") "
                    + switch (record.result().disposition()) {
                        case COUNTED -> dryRun ? "would be appended" : "appended";
                        case REJECTED ->
                            (dryRun ? "would be rejected: " : "rejected: ")
                                    + record.result().detail();
                        case DUPLICATE -> "is a duplicate of another one of these";
                    });
        }
        if (outcome.undecided() > 0) {
            out.println("  " + Numbers.count(outcome.undecided())
                    + " more were received a moment ago and may still be counted; run this again in a minute");
        }
        String done = outcome.records().isEmpty()
                ? outcome.undecided() == 0 ? "nothing is missing" : "nothing is known to be missing"
                : Numbers.count(outcome.count(RepairDisposition.COUNTED)) + " events and "
                        + Numbers.count(outcome.count(RepairDisposition.REJECTED)) + " rejections "
                        + (dryRun ? "would be appended" : "appended");
        String open = outcome.undecided() == 0
                ? ""
                : "; " + Numbers.count(outcome.undecided())
                        + (outcome.undecided() == 1 ? " record is undecided" : " records are undecided");
        out.println("repair: " + done + open);
        out.flush();
    }
}
