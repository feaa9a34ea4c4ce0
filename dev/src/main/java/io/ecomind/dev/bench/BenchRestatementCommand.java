package io.ecomind.dev.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.ecomind.cli.DataOption;
import io.ecomind.cli.Numbers;
import io.ecomind.cli.ProgressLine;
import io.ecomind.cli.VerifyCommand;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.replay.IngestClient;
import io.ecomind.cli.verify.ProjectionProgress;
import io.ecomind.cli.verify.Selection;
import io.ecomind.cli.verify.Verification;
import io.ecomind.cli.verify.VerificationReport;
import io.ecomind.contracts.Topic;
import io.ecomind.dev.stack.DemoOrganisation;
import io.ecomind.dev.stack.EmbeddedStack;
import io.ecomind.dev.stack.ExternalServices;
import io.ecomind.dev.stack.StackConfig;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.jobs.restatement.RestatementRequest;
import io.ecomind.jobs.restatement.RestatementResult;
import io.ecomind.jobs.restatement.RestatementResult.DayOutcome;
import io.ecomind.jobs.restatement.RestatementRunner;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.jobs.runtime.JobEnvironment;
import io.ecomind.store.AdvisoryLock;
import io.ecomind.store.FactorSets;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.PrivateFolders;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures how much rating sealed days again slows live traffic, on a separate stack whose data is deleted afterwards.
 * Exit code 1 when the totals are not exact at the end.
 */
@Command(
        name = "restatement",
        description =
                "Rate sealed days again during live traffic: latency of the traffic without and during the restatement,"
                        + " rows restated a second, and verify at the end.")
final class BenchRestatementCommand implements Callable<Integer> {
    private static final int DAYS = 8;
    /** Older than the horizon, so that the days can be sealed as soon as all events are in. */
    private static final int LATEST_DAYS_AGO = 10;

    private static final int SENDERS = 4;
    private static final int EVENTS_PER_REQUEST = 1_000;
    private static final String COPY = "bench-copy";
    private static final Duration BASELINE = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration SEALED_WITHIN = Duration.ofMinutes(10);
    private static final int HIGHEST_PORT_BASE = 60_000;

    private static final String[][] MODELS = {
        {"openai", "gpt-4o"},
        {"openai", "gpt-4o-mini"},
        {"anthropic", "claude-sonnet-4-5-20250929"},
        {"google", "gemini-2.5-flash"},
        {"mistral", "mistral-large-2411"},
        {"house", "house-model-1"}
    };

    @Mixin
    private DataOption data = new DataOption();

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Events of the sealed days (default: ${DEFAULT-VALUE}).")
    private int events;

    @Option(
            names = "--live",
            paramLabel = "N",
            defaultValue = "200",
            description = "Live events a second (default: ${DEFAULT-VALUE}).")
    private int live;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        require("--events", events, 1_000, 100_000_000);
        require("--live", live, 5, 5_000);
        Path temporary = data.given() ? null : Files.createTempDirectory("ecomind-bench-");
        if (temporary != null) {
            data.data = temporary;
        }
        DataDirectory directory = data.launcher("bench");
        if (Files.exists(directory.log()) || Files.exists(directory.credentials())) {
            throw new ParameterException(spec.commandLine(), "--data must name an empty folder");
        }
        var config =
                new StackConfig(directory, Math.min(FreePorts.find(1)[0], HIGHEST_PORT_BASE), ExternalServices.NONE);
        try (EmbeddedStack stack = EmbeddedStack.start(config, (part, address, took) -> {})) {
            return run(stack);
        } finally {
            if (temporary != null) {
                PrivateFolders.delete(temporary);
            }
        }
    }

    private void require(String option, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new ParameterException(
                    spec.commandLine(), option + " must be " + lowest + " to " + highest + ", was " + value);
        }
    }

    private int run(EmbeddedStack stack) throws Exception {
        Endpoints endpoints = stack.endpoints();
        DatabaseAddress pipeline = endpoints.database("pipeline");
        var client = new IngestClient(endpoints.http(), stack.credentials().apiKey(), PATIENCE);
        fill(endpoints, pipeline, client);
        awaitSealed(pipeline);
        copySet(endpoints.database("worker"));
        try (var traffic = new LiveTraffic(client, pipeline, DemoOrganisation.ID, live)) {
            // The first seconds warm up the processes and are not measured.
            pause(Duration.ofSeconds(5), traffic);
            long quiet = System.nanoTime();
            pause(BASELINE, traffic);
            long begin = System.nanoTime();
            RestatementResult done = restate(endpoints, pipeline);
            long end = System.nanoTime();
            pause(Duration.ofSeconds(5), traffic);
            traffic.finish();
            say("live latency, accepted to visible in daily_org_agg, at " + Numbers.count(live) + " events a second:");
            say("  without a restatement  " + traffic.between(quiet, begin).line());
            say("  during the restatement " + traffic.between(begin, end).line());
            double seconds = (end - begin) / 1e9;
            say(String.format(
                    Locale.ROOT,
                    "restated %d of %d days, %,d rows in %.1f s, %,.0f a second",
                    done.count(DayOutcome.RESTATED),
                    DAYS,
                    events,
                    seconds,
                    events / seconds));
            if (done.count(DayOutcome.RESTATED) != DAYS) {
                throw new CommandException("not all days were restated: " + done.days());
            }
        }
        VerificationReport report = Verification.run(endpoints, Selection.ALL, this::say);
        VerifyCommand.print(spec.commandLine().getOut(), report);
        return report.exact() ? 0 : 1;
    }

    /** Days are sealed after all events are in; otherwise late events would cause restatements of their own. */
    private void fill(Endpoints endpoints, DatabaseAddress pipeline, IngestClient client)
            throws SQLException, InterruptedException {
        say("sending " + Numbers.count(events) + " events of " + DAYS + " past days");
        long begin = System.nanoTime();
        try (Connection connection = pipeline.dataSource().getConnection();
                var progress = new ProjectionProgress(endpoints.kafka(), endpoints.database("pipeline"))) {
            AdvisoryLock.SEAL_DAYS.lock(connection);
            send(client);
            progress.awaitProjected(progress.ends(Topic.EVENTS_RAW), line -> {});
            AdvisoryLock.SEAL_DAYS.unlock(connection);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        say(String.format(Locale.ROOT, "in the tables after %.1f s, %,.0f a second", seconds, events / seconds));
    }

    private void send(IngestClient client) throws InterruptedException {
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        var next = new AtomicLong();
        try (var line = new ProgressLine("bench", events, spec.commandLine().getOut())) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                running.add(senders.submit(() -> {
                    for (long first = next.getAndAdd(EVENTS_PER_REQUEST);
                            first < events;
                            first = next.getAndAdd(EVENTS_PER_REQUEST)) {
                        List<String> request = request(first);
                        if (client.send(request).accepted() != request.size()) {
                            throw new CommandException("the gateway rejected events of the benchmark");
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> sender : running) {
                sender.get();
                line.to(Math.min(events, next.get()));
            }
        } catch (ExecutionException e) {
            throw new CommandException("sending failed: " + e.getCause(), e.getCause());
        } finally {
            senders.shutdownNow();
        }
    }

    private List<String> request(long first) {
        LocalDate latest = LocalDate.now(ZoneOffset.UTC).minusDays(LATEST_DAYS_AGO);
        List<String> lines = new ArrayList<>(EVENTS_PER_REQUEST);
        for (long i = first; i < Math.min(events, first + EVENTS_PER_REQUEST); i++) {
            String[] model = MODELS[(int) (i % MODELS.length)];
            Instant ts = latest.minusDays(i % DAYS)
                    .atTime(LocalTime.of(10, 0))
                    .plus(i / DAYS, ChronoUnit.MILLIS)
                    .toInstant(ZoneOffset.UTC);
            lines.add(JsonNodeFactory.instance
                    .objectNode()
                    .put("id", "past-" + i)
                    .put("source", "bench")
                    .put("user_id", DemoOrganisation.senderName(1 + (int) (i / MODELS.length % DemoOrganisation.USERS)))
                    .put("provider", model[0])
                    .put("model", model[1])
                    .put("region", "FRA")
                    .put("tokens_in", 500 + i % 1_000)
                    .put("tokens_out", 50 + i % 300)
                    .put("ts", ts.toString())
                    .toString());
        }
        return lines;
    }

    private void awaitSealed(DatabaseAddress pipeline) throws SQLException {
        long begin = System.nanoTime();
        while (count(pipeline, "SELECT count(*) FROM day_states WHERE state = 'sealed' AND NOT needs_restatement")
                < DAYS) {
            if (System.nanoTime() - begin > SEALED_WITHIN.toNanos()) {
                throw new CommandException("the days were not sealed within " + SEALED_WITHIN.toMinutes() + " min");
            }
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
        say(String.format(Locale.ROOT, "sealed after another %.1f s", (System.nanoTime() - begin) / 1e9));
    }

    /** The shipped set under another id: every row is rated again and every label changes. */
    private static void copySet(DatabaseAddress worker) throws FactorSetException, SQLException {
        FactorSetFiles shipped = FactorSetFiles.shipped();
        FactorSetFiles copy = shipped.with("set.csv", shipped.text("set.csv").replace(FactorSetFiles.SHIPPED, COPY));
        // Only the restatement uses it; live events are still rated by the current set.
        FactorSets.add(worker.dataSource(), copy, copy.parse(), Duration.ofDays(365));
    }

    /** Restates in the same way as the stack's own timer. */
    private RestatementResult restate(Endpoints endpoints, DatabaseAddress pipeline) throws Exception {
        say("rating the sealed days again");
        var restatements = new RestatementRunner(
                JobConfig.of(endpoints.kafka(), pipeline.settings()), () -> JobEnvironment.localBounded(1));
        LocalDate latest = LocalDate.now(ZoneOffset.UTC).minusDays(LATEST_DAYS_AGO);
        return restatements.run(
                new RestatementRequest(COPY, DemoOrganisation.ID, latest.minusDays(DAYS - 1L), latest, "bench"));
    }

    private static void pause(Duration duration, LiveTraffic traffic) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, Duration.ofMillis(200).toNanos()));
            traffic.check();
        }
    }

    private static long count(DatabaseAddress database, String query) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
