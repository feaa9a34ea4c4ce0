package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.redrive.Redrive;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.connect.Secret;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Sends rejected events again. Exit code 0 when all that were sent are accepted, 1 when some were refused again or
 * cannot be sent, 2 wrong usage.
 */
@Command(
        name = "redrive",
        description = "Send rejected events through the gateway again, with the same ids, after what was wrong is put"
                + " right.")
public final class RedriveCommand implements Callable<Integer> {
    /** Names the variable and never its value. */
    static final String KEY_VARIABLE = "ECOMIND_API_KEY";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin
    private DataOption data = new DataOption();

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
            description = "Give the field this value in every event that is sent; null removes it.")
    private Map<String, String> changes = new LinkedHashMap<>();

    @Option(names = "--dry-run", description = "Show what would be sent.")
    private boolean dryRun;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        DataDirectory directory = data.client();
        PrintWriter out = spec.commandLine().getOut();
        if (org == null && code == null && id == null && from == null && to == null) {
            throw new ParameterException(
                    spec.commandLine(), "choose what to send: --org, --code, --id, --from or --to");
        }
        if (from != null && to != null && to.isBefore(from)) {
            throw new ParameterException(spec.commandLine(), "--to is before --from");
        }
        Endpoints endpoints = Endpoints.require(directory);
        var filter = new Redrive.Filter(org, code, id, start(from), start(to == null ? null : to.plusDays(1)));
        var redrive = new Redrive(endpoints.database("pipeline"), filter, changes);
        Redrive.Summary summary =
                redrive.run(dryRun ? null : new IngestClient(endpoints.http(), key(directory), PATIENCE), line -> {
                    out.println(line);
                    out.flush();
                });
        print(out, summary, dryRun);
        boolean allSent = summary.sent() == summary.selected();
        return allSent && summary.tally().rejected() == 0 ? 0 : 1;
    }

    static void print(PrintWriter out, Redrive.Summary summary, boolean dryRun) {
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
            out.println("an event that is counted already is accepted and counted no second time");
        }
        out.flush();
    }

    /** The key of the organisation that sends; the demonstration organisation's unless the variable names another. */
    private static Secret key(DataDirectory directory) {
        String own = System.getenv(KEY_VARIABLE);
        if (own != null && !own.isBlank()) {
            return new Secret(own.strip());
        }
        return Credentials.read(directory)
                .orElseThrow(() -> new CommandException(
                        directory.credentials() + " is missing: run ./ecomind up once, or set " + KEY_VARIABLE))
                .apiKey();
    }

    private static @Nullable Instant start(@Nullable LocalDate date) {
        return date == null ? null : date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
