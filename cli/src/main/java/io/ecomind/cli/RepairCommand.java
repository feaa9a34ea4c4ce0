package io.ecomind.cli;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
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

/** Appends lost records. Exit code 0 when nothing is missing any more, 1 when it could not be done, 2 wrong usage. */
@Command(
        name = "repair",
        description = "Append to the ledger exactly the accepted events that a lost Kafka transaction took from it.")
public final class RepairCommand implements Callable<Integer> {
    @Mixin
    private DataOption data = new DataOption();

    @Option(names = "--dry-run", description = "List what would be appended.")
    private boolean dryRun;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        DataDirectory directory = data.client();
        Endpoints endpoints = Endpoints.require(directory);
        PrintWriter out = spec.commandLine().getOut();
        Consumer<String> say = line -> {
            out.println(line);
            out.flush();
        };
        print(out, dryRun ? Repair.preview(endpoints, say) : Repair.run(endpoints, say), dryRun);
        return 0;
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
                        case DUPLICATE -> "repeats another one of these";
                    });
        }
        if (outcome.undecided() > 0) {
            out.println("  " + Numbers.count(outcome.undecided())
                    + " more were received just now and may still be counted; run it again in a minute");
        }
        String done = outcome.records().isEmpty()
                ? "nothing is missing"
                : Numbers.count(outcome.count(RepairDisposition.COUNTED)) + " events and "
                        + Numbers.count(outcome.count(RepairDisposition.REJECTED)) + " rejections "
                        + (dryRun ? "would be appended" : "appended");
        out.println("repair: " + done);
        out.flush();
    }
}
