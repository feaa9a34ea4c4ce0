package io.ecomind.dev.stack;

import io.ecomind.cli.DataOption;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Endpoints;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts everything and stays, or leaves it running in the background. */
@Command(name = "up", description = "Start everything and stay until Ctrl-C.")
public final class UpCommand implements Callable<Integer> {
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

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        DataDirectory directory = data.launcher("data");
        PrintWriter out = spec.commandLine().getOut();
        if (detach) {
            Endpoints endpoints = new DetachedLauncher(directory).start(portBase);
            describe(out, directory, endpoints);
            out.println("stop with ./ecomind down" + (data.given() ? " --data " + directory.root() : ""));
            return 0;
        }
        long begin = System.nanoTime();
        EmbeddedStack stack = start(spec, directory, portBase, new StartupReporter(out));
        out.printf("ready in %.1f s%n", (System.nanoTime() - begin) / 1e9);
        describe(out, directory, stack.endpoints());
        out.println("Ctrl-C stops everything; the data stays in " + directory.root());
        out.flush();
        stayUntilStopped();
        return 0;
    }

    /** Starts the stack and has it stopped when the process is asked to end. */
    static EmbeddedStack start(CommandSpec spec, DataDirectory directory, int portBase, StartupReporter progress) {
        StackConfig config;
        try {
            config = new StackConfig(directory, portBase, ExternalServices.fromEnv(System.getenv()));
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), wrong.getMessage());
        }
        EmbeddedStack stack = EmbeddedStack.start(config, progress);
        Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "stop-stack"));
        return stack;
    }

    static void stayUntilStopped() throws InterruptedException {
        new CountDownLatch(1).await(Duration.ofDays(36_500).toSeconds(), TimeUnit.SECONDS);
    }

    static void describe(PrintWriter out, DataDirectory directory, Endpoints endpoints) {
        out.println("  HTTP        " + endpoints.http() + "   (/v1/ingest, /v1/today, /v1/aggregate/daily, /readyz)");
        out.println("  gRPC        " + endpoints.grpc());
        out.println("  PostgreSQL  " + endpoints.database("api").jdbcUrl());
        out.println("  Kafka       " + endpoints.kafkaBootstrapServers());
        out.println("  Redis       " + endpoints.redisUrl());
        out.println("  metrics     " + endpoints.metricsUrl());
        out.println("  addresses and passwords: " + directory.endpoints());
        Credentials.read(directory)
                .ifPresent(key ->
                        out.println("  API key of organisation " + key.orgId() + ": " + directory.credentials()));
        out.flush();
    }
}
