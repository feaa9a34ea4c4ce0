package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Profile;
import io.ecomind.cli.redrive.Redrive;
import io.ecomind.cli.replay.IngestClient;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sends rejected events again. */
@Command(
        name = "redrive",
        description = "Send rejected events to the gateway again, with the same ids, once the cause of the rejection is"
                + " gone or the field is corrected with --set.",
        footer = {
            "",
            "An event that is counted already is not counted again. It ends with 1 when an event was"
                    + " rejected again or could not be sent. An event of another organisation needs a key of that"
                    + " organisation."
        })
public final class RedriveCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin
    private ProfileOptions.Redriving options = new ProfileOptions.Redriving();

    @Option(names = "--org", paramLabel = "ORG", description = "Only rejections of this organisation.")
    private @Nullable String org;

    @Option(names = "--code", paramLabel = "CODE", description = "Only rejections with this code.")
    private @Nullable String code;

    @Option(names = "--id", paramLabel = "ID", description = "Only the event with this id.")
    private @Nullable String id;

    @Option(names = "--from", paramLabel = "DATE", description = "Rejected on this day (UTC) or later.")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DATE", description = "Rejected on this day (UTC) or before.")
    private @Nullable LocalDate to;

    @Option(
            names = "--set",
            paramLabel = "FIELD=VALUE",
            description = "Set the field to this value in every event that is sent; null removes the field.")
    private Map<String, String> changes = new LinkedHashMap<>();

    @Option(names = "--dry-run", description = "Show what would be sent.")
    private boolean dryRun;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (org == null && code == null && id == null && from == null && to == null) {
            throw CommandException.wrongUsage("choose what to send: --org, --code, --id, --from or --to");
        }
        if (from != null && to != null && to.isBefore(from)) {
            throw CommandException.wrongUsage("--to is before --from");
        }
        Profile profile = options.load();
        var filter = new Redrive.RedriveFilter(org, code, id, start(from), start(to == null ? null : to.plusDays(1)));
        var redrive = new Redrive(profile.database("pipeline"), filter, changes);
        Redrive.RedriveSummary summary = redrive.run(
                dryRun
                        ? null
                        : new IngestClient(
                                profile.httpAddress(), profile.sender(false).key(), PATIENCE),
                line -> {
                    out.println(line);
                    out.flush();
                });
        print(out, summary, dryRun);
        boolean allSent = summary.sent() == summary.selected();
        return ExitCode.of(allSent && summary.tally().rejected() == 0);
    }

    static void print(PrintWriter out, Redrive.RedriveSummary summary, boolean dryRun) {
        var tally = summary.tally();
        out.println("selected                " + Numbers.count(summary.selected()));
        out.println("cannot be redriven      " + Numbers.count(summary.selected() - summary.sent()));
        if (dryRun) {
            out.println("would be sent           " + Numbers.count(summary.sent()));
        } else {
            out.println("accepted                " + Numbers.count(tally.accepted()));
            out.println("duplicates in a request " + Numbers.count(tally.duplicates()));
            out.println("rejected again          " + Numbers.count(tally.rejected()));
            tally.rejectedByCode()
                    .forEach((why, count) -> out.println("  " + why + ": " + Numbers.count(count) + " ("
                            + tally.examples().getOrDefault(why, "") + ")"));
            out.println("events that are counted already are accepted, and not counted again");
        }
        out.flush();
    }

    private static @Nullable Instant start(@Nullable LocalDate date) {
        return date == null ? null : date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
