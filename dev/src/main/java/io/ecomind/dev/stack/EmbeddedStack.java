package io.ecomind.dev.stack;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.RunningLauncher;
import io.ecomind.dev.stack.StackParts.StackPart;
import io.ecomind.dev.stack.StackServers.ServerAddresses;
import io.ecomind.dev.stack.StackServices.ServiceAddresses;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.testkit.PrivateFolders;
import io.ecomind.testkit.ThrowawayAuthority;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL, Kafka, Redis, gateway, API, worker and the Flink jobs in one process (PostgreSQL and Redis as its children), on
 * loopback. Data outlives a restart and a kill. Thread-safe. {@link #close} stops the parts in the reverse order of
 * their start, so that nothing loses what it depends on.
 */
public final class EmbeddedStack implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedStack.class);
    private static final Duration START_ENDS_WITHIN = Duration.ofSeconds(60);

    private final StackConfig config;
    private final StackParts parts;
    private final StackReadiness readiness = new StackReadiness();
    private final Object closing = new Object();
    private final CountDownLatch startEnded = new CountDownLatch(1);
    private final AtomicReference<@Nullable EmbeddedFlink> flink = new AtomicReference<>();
    private @Nullable Endpoints endpoints;
    private @Nullable Credentials credentials;

    private EmbeddedStack(StackConfig config, StackListener listener) {
        this.config = config;
        this.parts = new StackParts(listener);
    }

    /**
     * Starts everything and returns when all of it is ready.
     *
     * @throws CommandException when a part does not come up; what had started is stopped again
     */
    public static EmbeddedStack start(StackConfig config, StackListener listener) {
        var stack = new EmbeddedStack(config, listener);
        stack.start();
        return stack;
    }

    /**
     * The same, and stops everything when the process ends. The hook is there before the first part starts, so that Ctrl-C
     * during the start leaves no server running.
     */
    public static EmbeddedStack startUntilExit(StackConfig config, StackListener listener) {
        var stack = new EmbeddedStack(config, listener);
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "stop-stack"));
        } catch (IllegalStateException alreadyEnding) {
            throw new CommandException("stopped before anything was started");
        }
        stack.start();
        return stack;
    }

    private void start() {
        try {
            try {
                startParts();
            } finally {
                startEnded.countDown();
            }
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    /**
     * Removes all data of a directory on which nothing runs; servers of a killed launcher are stopped first. The unpacked
     * programs stay.
     */
    public static void wipe(DataDirectory data) {
        try (LauncherLock lock = LauncherLock.take(data)) {
            Leftovers.stopServers(data);
            deleteIn(data.root(), Set.of(data.run(), StackServers.programs(data)));
            deleteIn(data.run(), Set.of(data.lock(), data.log()));
        } catch (IOException e) {
            throw new CommandException(data.root() + " could not be emptied: " + e.getMessage(), e);
        }
    }

    /** Stops what a killed launcher left behind on this directory; does nothing while a launcher runs. */
    public static void stopOrphans(DataDirectory data) {
        try (LauncherLock lock = LauncherLock.tryTake(data)) {
            if (lock != null) {
                Leftovers.remove(data);
                Files.deleteIfExists(data.endpoints());
                Files.deleteIfExists(data.launcher());
            }
        } catch (IOException e) {
            throw new CommandException("what an earlier run left could not be removed: " + e.getMessage(), e);
        }
    }

    /** Where everything is. */
    public Endpoints endpoints() {
        if (endpoints == null) {
            throw new IllegalStateException("the stack has not started");
        }
        return endpoints;
    }

    /** The demonstration organisation's key. */
    public Credentials credentials() {
        if (credentials == null) {
            throw new IllegalStateException("the stack has not started");
        }
        return credentials;
    }

    /** What is wrong with each part that is not ready; empty when all is well. */
    public Map<String, String> problems() {
        return readiness.problems();
    }

    /** How often jobs were restarted since the stack has started, also those that are ready again. */
    public int jobRestarts() {
        EmbeddedFlink jobs = flink.get();
        return jobs == null ? 0 : jobs.restarts();
    }

    /** Stops everything, also while it starts: what is starting comes up first, since it could not be stopped before. */
    @Override
    public void close() {
        parts.refuseStarts();
        awaitEndOfStart();
        // The shutdown hook must not return while another thread still stops parts: the process would end under it.
        synchronized (closing) {
            forgetAddresses();
            parts.stopAll();
        }
    }

    private void awaitEndOfStart() {
        try {
            if (!startEnded.await(START_ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                log.atError()
                        .addKeyValue("seconds", START_ENDS_WITHIN.toSeconds())
                        .log("a part is still starting; what has started is stopped nevertheless");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Before the parts are stopped, so that no client finds the addresses of servers that are being stopped. */
    private void forgetAddresses() {
        try {
            if (parts.runs(StackPart.LOCK)) {
                Files.deleteIfExists(config.data().endpoints());
                Files.deleteIfExists(config.data().launcher());
            }
        } catch (IOException e) {
            log.atWarn().setCause(e).log("the addresses of the stopped stack could not be removed");
        }
    }

    private void startParts() {
        DataDirectory data = config.data();
        parts.keep(StackPart.LOCK, LauncherLock.take(data));
        RunningLauncher.register(data);
        Leftovers.stopServers(data);
        try {
            Scratch.renew(data);
        } catch (IOException e) {
            throw new CommandException("temporary files could not be removed: " + e.getMessage(), e);
        }
        parts.keep(StackPart.LEFTOVERS, () -> Leftovers.remove(data));
        StackSecrets secrets = StackSecrets.loadOrCreate(data.secrets());
        Credentials key = Credentials.loadOrCreate(data, secrets.peppers());
        credentials = key;
        var ports = new StackPorts(config.portBase());
        ThrowawayAuthority authority = config.tls() ? ThrowawayAuthority.create(Leftovers.certificates(data)) : null;
        ServerAddresses servers = new StackServers(config, secrets, ports, parts, authority).start(key);
        ServiceAddresses services =
                new StackServices(config, secrets, ports, parts, readiness, authority).start(servers, new JobsCheck());
        parts.start(StackPart.FLINK, () -> {
            EmbeddedFlink jobs = EmbeddedFlink.start(
                    data.flink(),
                    config.tuning().openServers(),
                    servers.kafka(KafkaUsers.JOBS),
                    servers.owner()
                            .as("ecomind_pipeline", secrets.password("pipeline"))
                            .settings());
            parts.keep(StackPart.FLINK, jobs);
            flink.set(jobs);
            readiness.await(parts::failWhenStopping);
            return jobs;
        });
        endpoints = endpoints(secrets, servers, services, authority);
        ports.write(data);
        endpoints.write(data);
    }

    private static Endpoints endpoints(
            StackSecrets secrets,
            ServerAddresses servers,
            ServiceAddresses services,
            @Nullable ThrowawayAuthority authority) {
        Map<String, DatabaseAddress> databases = new HashMap<>();
        for (String role : Endpoints.ROLES) {
            databases.put(role, servers.owner().as("ecomind_" + role, secrets.password(role)));
        }
        databases.put("migrator", servers.owner());
        return new Endpoints(
                ProcessHandle.current().pid(),
                services.http(),
                services.grpc(),
                services.management(),
                databases,
                servers.kafka(KafkaUsers.OPERATOR),
                servers.redis(),
                authority == null ? null : authority.certificate());
    }

    /** Of the jobs, which start when readiness can be asked already. */
    private final class JobsCheck implements ReadinessCheck {
        @Override
        public @Nullable String problem() throws Exception {
            EmbeddedFlink jobs = flink.get();
            return jobs == null ? "starting" : jobs.readiness().problem();
        }

        @Override
        public @Nullable String note() {
            EmbeddedFlink jobs = flink.get();
            return jobs == null ? null : jobs.readiness().note();
        }
    }

    private static void deleteIn(Path folder, Set<Path> kept) throws IOException {
        try (DirectoryStream<Path> content = Files.newDirectoryStream(folder)) {
            for (Path file : content) {
                if (!kept.contains(file)) {
                    PrivateFolders.delete(file);
                }
            }
        }
    }
}
