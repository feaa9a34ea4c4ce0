package io.ecomind.dev.stack;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts everything and stays, or leaves it running in the background. */
@Command(name = "up", description = "Start everything and stay until Ctrl-C.")
public final class UpCommand implements Callable<Integer> {
    private static final List<String> PLANS = List.of("free", "team", "enterprise");

    static final String TLS =
            "Encrypt the connections to the servers: SASL_SSL for Kafka, TLS for Redis, verify-full for PostgreSQL,"
                    + " with certificates of an authority that is made at the start (run/tls/ca.pem in the data"
                    + " directory).";

    /** Begins the line that ends the list of parts. */
    static final String READY = "ready";

    @Mixin
    private DataOption data = new DataOption();

    @Option(
            names = "--port-base",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "HTTP port; gRPC is 1000 above, PostgreSQL 2000, and so on (default: ${DEFAULT-VALUE}). "
                    + "Where one is taken, a free one is used.")
    private int portBase;

    @Option(names = "--detach", description = "Leave everything running in the background and return when it is ready.")
    private boolean detach;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description =
                    "Time zone whose days the demonstration organisation is counted by, such as Europe/Berlin (a new"
                            + " organisation: Europe/Amsterdam). When there are events already, it applies from the day after"
                            + " tomorrow on.")
    private @Nullable ZoneId zone;

    @Option(
            names = "--plan",
            paramLabel = "PLAN",
            description =
                    "Rate limits of the demonstration organisation: free (6,000 events a minute, 10,000 a day), team"
                            + " (60,000 a minute, 1,000,000 a day) or enterprise (none, which a new organisation has).")
    private @Nullable String plan;

    @Option(names = "--tls", description = TLS)
    private boolean tls;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        DataDirectory directory = data.launcher("data");
        PrintWriter out = spec.commandLine().getOut();
        if (refuses(spec, directory)) {
            return 2;
        }
        if (plan != null && !PLANS.contains(plan)) {
            throw new ParameterException(spec.commandLine(), "--plan must be one of " + PLANS + ", was " + plan);
        }
        if (detach) {
            Endpoints endpoints = new DetachedLauncher(directory, out).start(options());
            describe(out, directory, endpoints);
            out.println("stop with ./ecomind down" + DataFolder.option(directory));
            return 0;
        }
        long begin = System.nanoTime();
        EmbeddedStack stack = start(spec, directory, portBase, zone, plan, tls, new StartupReporter(out));
        out.printf(Locale.ROOT, READY + " in %.1f s%n", (System.nanoTime() - begin) / 1e9);
        describe(out, directory, stack.endpoints());
        out.println("Ctrl-C stops everything; the data stays in " + directory.root());
        out.flush();
        stayUntilStopped();
        return 0;
    }

    /** What this command was given besides the data directory, for the process in the background. */
    private List<String> options() {
        List<String> options = new ArrayList<>(List.of("--port-base", Integer.toString(portBase)));
        if (zone != null) {
            options.addAll(List.of("--zone", zone.getId()));
        }
        if (plan != null) {
            options.addAll(List.of("--plan", plan));
        }
        if (tls) {
            options.add("--tls");
        }
        return options;
    }

    /** Says in one line why the directory cannot be used, before anything is logged to it; false when it can. */
    static boolean refuses(CommandSpec spec, DataDirectory directory) {
        String reason = DataFolder.unusableReason(directory);
        if (reason != null) {
            spec.commandLine().getErr().println("ecomind: " + reason);
        }
        return reason != null;
    }

    /** Starts the stack and has it stopped when the process is asked to end, also while it starts. */
    static EmbeddedStack start(
            CommandSpec spec,
            DataDirectory directory,
            int portBase,
            @Nullable ZoneId zone,
            @Nullable String plan,
            boolean tls,
            StartupReporter progress) {
        StackConfig config;
        try {
            config = StackConfig.fromEnv(directory, portBase, zone, plan, tls, System.getenv());
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), wrong.getMessage());
        }
        return EmbeddedStack.startUntilExit(config, progress);
    }

    static void stayUntilStopped() throws InterruptedException {
        new CountDownLatch(1).await(Duration.ofDays(36_500).toSeconds(), TimeUnit.SECONDS);
    }

    static void describe(PrintWriter out, DataDirectory directory, Endpoints endpoints) {
        out.println("  HTTP        " + endpoints.http() + "   (/v1/ingest, /v1/today, /v1/aggregate/daily, /docs)");
        out.println("  gRPC        " + endpoints.grpc());
        out.println("  PostgreSQL  " + endpoints.database("api").jdbcUrl());
        out.println("  Kafka       " + endpoints.kafkaBootstrapServers());
        if (endpoints.redis() != null) {
            out.println("  Redis       " + endpoints.redis().address());
        }
        out.println("  management  " + endpoints.management() + "   (/readyz, /metrics)");
        out.println(
                "  API, worker and Flink jobs run in the same process; ./ecomind status shows whether each is ready");
        PortChange.read(directory).forEach(change -> out.println("  " + change.message()));
        out.println("  addresses and passwords: " + directory.endpoints());
        Credentials.read(directory)
                .ifPresent(key ->
                        out.println("  API key of organisation " + key.orgId() + ": " + directory.credentials()));
        out.flush();
    }
}
