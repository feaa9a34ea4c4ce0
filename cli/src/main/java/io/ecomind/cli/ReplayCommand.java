package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.replay.Replay;
import io.ecomind.cli.replay.ReplayOptions;
import io.ecomind.cli.replay.TraceFormat;
import io.ecomind.cli.verify.ProjectionProgress;
import io.ecomind.contracts.Topic;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends a trace file to the running stack. */
@Command(name = "replay", description = "Send a trace file (plain or gzip) through the gateway's HTTP API.")
public final class ReplayCommand implements Callable<Integer> {
    /** A stack that was killed is back within this time, or the person decides. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin
    private DataOption data = new DataOption();

    @Parameters(paramLabel = "FILE", description = "The trace.")
    private @Nullable Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "azure, mooncake, servegen, csv or ndjson (default: told from the first line).")
    private @Nullable String format;

    @Option(names = "--org", paramLabel = "ORG", description = "Organisation (default: the one of the credentials).")
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

    @Option(names = "--wait", description = "Return when every accepted event is in the daily totals.")
    private boolean wait;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        DataDirectory directory = data.client();
        PrintWriter out = spec.commandLine().getOut();
        Path trace = file == null ? Path.of("") : file;
        if (!Files.isRegularFile(trace)) {
            throw wrong("there is no file " + trace);
        }
        double speedFactor = parseSpeed();
        ReplayOptions.Start begin = parseStart();
        TraceFormat traceFormat = parseFormat();
        Endpoints endpoints = Endpoints.require(directory);
        Credentials credentials = Credentials.read(directory)
                .orElseThrow(
                        () -> new CommandException(directory.credentials() + " is missing: run ./ecomind up once"));
        var options = new ReplayOptions(
                trace,
                traceFormat,
                org == null ? credentials.orgId() : org,
                provider,
                model,
                region,
                begin,
                speedFactor);
        var client = new IngestClient(endpoints.http(), credentials.apiKey(), PATIENCE);
        var replay = new Replay(options, client, line -> {
            out.println(line);
            out.flush();
        });
        Replay.Summary summary;
        try (var progress = new ProgressLine("replay", replay.expectedEvents(), out)) {
            summary = replay.run(progress::to);
        }
        print(out, summary);
        if (wait) {
            awaitTotals(out, endpoints);
        }
        return 0;
    }

    private static void print(PrintWriter out, Replay.Summary summary) {
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

    static void awaitTotals(PrintWriter out, Endpoints endpoints) {
        long begin = System.nanoTime();
        try (var progress = new ProjectionProgress(endpoints.kafkaBootstrapServers(), endpoints.database("pipeline"))) {
            progress.awaitProjected(progress.ends(Topic.EVENTS_RAW), line -> {
                out.println(line);
                out.flush();
            });
        }
        out.println(String.format(
                Locale.ROOT,
                "every accepted event is in the daily totals, %.1f s later",
                (System.nanoTime() - begin) / 1e9));
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
            Instant given = start.contains("T")
                    ? OffsetDateTime.parse(start).toInstant()
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
