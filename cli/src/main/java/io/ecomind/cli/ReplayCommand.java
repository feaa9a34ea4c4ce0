package io.ecomind.cli;

import io.ecomind.cli.profile.HttpAddress;
import io.ecomind.cli.profile.InputFiles;
import io.ecomind.cli.profile.Profile;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.Replay;
import io.ecomind.cli.replay.ReplayOptions;
import io.ecomind.cli.replay.TraceFormat;
import io.ecomind.cli.verify.SubmittedEvents;
import io.ecomind.usage.EpochMicros;
import io.ecomind.usage.Rfc3339;
import io.ecomind.usage.UsageField;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends a trace file to the gateway. */
@Command(
        name = "replay",
        description = "Send the events of a trace file (plain or gzip) to the gateway.",
        footer = {
            "",
            "Columns by format (the first line names them; their order is free):",
            "  azure     TIMESTAMP,ContextTokens,GeneratedTokens",
            "  mooncake  timestamp_ms,input_length,output_length and, if it is there, n_prefix_blocks",
            "  servegen  ts_s,client_id,input_tokens,output_tokens",
            "  csv       the fields of POST /v1/ingest: " + ReplayCommand.COLUMNS + "; an empty cell is no value",
            "  ndjson    one JSON object a line, with the fields of POST /v1/ingest",
            "The id of an event is made of the file's content, its line and --start: the same replay"
                    + " twice is counted once. With --wait it ends with 1 when an accepted event was rejected"
                    + " afterwards, as with id_conflict (the id is in use for another ts). Events for a sealed"
                    + " day, whose totals are final until they are restated, are stored and counted by the next"
                    + " restatement; they do not make it fail."
        })
public final class ReplayCommand implements Callable<Integer> {
    /** A stack that was killed is back within this time, or the person decides. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Stands in the help for the columns of a CSV file, which {@link #csvColumns} lists. */
    static final String COLUMNS = "{columns}";

    private static final int DATE_LENGTH = "2026-01-31".length();

    @Mixin
    private ProfileOptions.Sending options = new ProfileOptions.Sending();

    @Parameters(paramLabel = "FILE", description = "The trace. It is read twice, so it cannot be standard input.")
    private @Nullable Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "azure, mooncake, servegen, csv or ndjson (default: told from the first line).")
    private @Nullable String format;

    @Option(names = "--org", paramLabel = "ORG", description = "Organisation (default: that of the API key).")
    private @Nullable String org;

    @Option(names = "--provider", paramLabel = "P", description = "Provider, where the trace names none.")
    private @Nullable String provider;

    @Option(names = "--model", paramLabel = "M", description = "Model, where the trace names none.")
    private @Nullable String model;

    @Option(names = "--region", paramLabel = "R", description = "Region, where the trace names none.")
    private @Nullable String region;

    @Option(
            names = "--start",
            paramLabel = "DATE",
            description = "Date or RFC 3339 time that the trace is moved to, or original"
                    + " (default: yesterday 00:00 UTC; csv and ndjson keep their own times).")
    private @Nullable String start;

    @Option(
            names = "--speed",
            paramLabel = "SPEED",
            defaultValue = "max",
            description = "max, or xN: N times as fast as it happened (default: ${DEFAULT-VALUE}).")
    private String speed = "max";

    @Option(
            names = "--wait",
            description = "Wait until the accepted events are in the daily totals, and say what became of them.")
    private boolean wait;

    private CommandSpec spec = CommandSpec.create();

    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        UsageMessageSpec usage = spec.usageMessage();
        usage.footer(Arrays.stream(usage.footer())
                .map(line -> line.replace(COLUMNS, csvColumns()))
                .toArray(String[]::new));
    }

    private static String csvColumns() {
        Map<Boolean, String> columns = UsageField.ALL.stream()
                .collect(Collectors.partitioningBy(
                        UsageField::isRequired,
                        Collectors.mapping(
                                field -> field.kind() == UsageField.Kind.OBJECT
                                        ? field.wireName() + " (a JSON object)"
                                        : field.wireName(),
                                Collectors.joining(", "))));
        return columns.get(true) + " (needed), and " + columns.get(false);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Path trace = InputFiles.requireFile(file, "FILE");
        double speedFactor = parseSpeed();
        ReplayOptions.Start begin = parseStart();
        TraceFormat traceFormat = parseFormat();
        Profile profile = options.load();
        HttpAddress gateway = profile.httpAddress();
        Profile.SenderAccess sender = profile.sender(false);
        var replayOptions = new ReplayOptions(
                trace, traceFormat, org == null ? sender.orgId() : org, provider, model, region, begin, speedFactor);
        var client = new IngestClient(gateway, sender.key(), PATIENCE);
        Consumer<String> say = line -> {
            out.println(line);
            out.flush();
        };
        try (SubmittedEvents submitted = wait ? SubmittedEvents.watch(profile) : null) {
            var replay = new Replay(replayOptions, client, say, submitted == null ? id -> {} : submitted::sent);
            Replay.ReplaySummary summary;
            try (var progress = new ProgressLine("replay", replay.expectedEvents(), out)) {
                summary = replay.run(progress::to);
            }
            print(out, summary);
            boolean all = summary.malformed() == 0 && summary.tally().rejected() == 0;
            if (submitted != null) {
                all &= await(out, submitted, summary.tally().accepted(), say);
            }
            return ExitCode.of(all);
        }
    }

    /** Waits for the totals and says what became of the accepted events; true when all of them are or will be counted. */
    static boolean await(PrintWriter out, SubmittedEvents submitted, long accepted, Consumer<String> say) {
        long begin = System.nanoTime();
        SubmittedEvents.Outcome outcome = submitted.await(accepted, say);
        SentReport.print(out, outcome, Duration.ofNanos(System.nanoTime() - begin));
        return outcome.allCounted();
    }

    private static void print(PrintWriter out, Replay.ReplaySummary summary) {
        var tally = summary.tally();
        double seconds = summary.took().toNanos() / 1e9;
        out.println("read                    " + Numbers.count(summary.read()));
        out.println("malformed               " + Numbers.count(summary.malformed()));
        out.println("sent                    " + Numbers.count(tally.sent()));
        out.println("accepted                " + Numbers.count(tally.accepted()));
        out.println("duplicates in a request " + Numbers.count(tally.duplicates()));
        out.println("rejected by the gateway " + Numbers.count(tally.rejected()));
        tally.rejectedByCode()
                .forEach((code, count) -> out.println("  " + code + ": " + Numbers.count(count) + " ("
                        + tally.examples().getOrDefault(code, "") + ")"));
        out.println(String.format(
                Locale.ROOT, "took                    %.1f s, %,.0f events/s", seconds, tally.sent() / seconds));
        out.flush();
    }

    private @Nullable TraceFormat parseFormat() {
        if (format == null) {
            return null;
        }
        try {
            return TraceFormat.valueOf(format.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw wrong("--format is azure, mooncake, servegen, csv or ndjson, was " + format);
        }
    }

    private double parseSpeed() {
        if (speed.equals("max")) {
            return 0;
        }
        if (speed.matches("x\\d{1,9}(\\.\\d{1,6})?")) {
            double factor = Double.parseDouble(speed.substring(1));
            if (factor > 0) {
                return factor;
            }
        }
        throw wrong("--speed is max or xN with N over 0, was " + speed);
    }

    private ReplayOptions.Start parseStart() {
        Instant yesterday =
                LocalDate.now(ZoneOffset.UTC).minusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        if (start == null) {
            return new ReplayOptions.Start(null, false, yesterday);
        }
        if (start.equals("original")) {
            return new ReplayOptions.Start(null, true, yesterday);
        }
        try {
            Instant given = start.length() > DATE_LENGTH
                    ? EpochMicros.toInstant(Rfc3339.parseMicros(start))
                    : LocalDate.parse(start).atStartOfDay().toInstant(ZoneOffset.UTC);
            return new ReplayOptions.Start(given, false, yesterday);
        } catch (DateTimeException e) {
            throw wrong("--start is a date such as 2026-01-31, an RFC 3339 time or original, was " + start);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
