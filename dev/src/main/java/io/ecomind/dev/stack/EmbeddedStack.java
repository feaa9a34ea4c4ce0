package io.ecomind.dev.stack;

import io.ecomind.api.ApiConfig;
import io.ecomind.api.ApiService;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.Credentials;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.profile.RunningLauncher;
import io.ecomind.ingest.GatewayConfig;
import io.ecomind.ingest.IngestGateway;
import io.ecomind.service.http.HttpFeature;
import io.ecomind.service.http.HttpLimits;
import io.ecomind.service.http.HttpServer;
import io.ecomind.service.http.ManagementServer;
import io.ecomind.service.http.ReadinessCheck;
import io.ecomind.store.Migrations;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.EmbeddedRedisServer;
import io.ecomind.testkit.FreePorts;
import io.ecomind.testkit.PrivateFolders;
import io.ecomind.testkit.ServerStartException;
import io.ecomind.worker.WorkerConfig;
import io.ecomind.worker.WorkerService;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
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
    private static final String HOST = "127.0.0.1";
    private static final Duration ACK_TIMEOUT = Duration.ofSeconds(10);
    private static final long MAX_IN_FLIGHT_BYTES = 64L << 20;
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(1);
    private static final Duration RECONCILE_EVERY = Duration.ofMinutes(1);
    private static final Duration READY_WITHIN = Duration.ofSeconds(90);
    private static final Duration START_ENDS_WITHIN = Duration.ofSeconds(60);

    /** In the order of their start. */
    private enum StackPart {
        LOCK("lock"),
        LEFTOVERS("temporary files"),
        POSTGRES("PostgreSQL"),
        KAFKA("Kafka"),
        REDIS("Redis"),
        GATEWAY("gateway"),
        API("API"),
        WORKER("worker"),
        MANAGEMENT("management port"),
        HTTP("HTTP"),
        FLINK("Flink jobs");

        private final String title;

        StackPart(String title) {
            this.title = title;
        }
    }

    private final StackConfig config;
    private final StackListener listener;
    private final Object closing = new Object();
    private final CountDownLatch startEnded = new CountDownLatch(1);

    /** Guards itself and {@link #stopping}. */
    private final Map<StackPart, AutoCloseable> running = new EnumMap<>(StackPart.class);

    private boolean stopping;
    private final List<PortChange> portChanges = new ArrayList<>();
    private final AtomicReference<@Nullable EmbeddedFlink> flink = new AtomicReference<>();
    private final Map<String, ReadinessCheck> readiness = new LinkedHashMap<>();
    private @Nullable Endpoints endpoints;
    private @Nullable Credentials credentials;

    private EmbeddedStack(StackConfig config, StackListener listener) {
        this.config = config;
        this.listener = listener;
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
            deleteIn(data.root(), Set.of(data.run(), programs(data)));
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
        Map<String, String> problems = new LinkedHashMap<>();
        readiness.forEach((part, check) -> {
            try {
                String problem = check.problem();
                if (problem != null) {
                    problems.put(part, problem);
                }
            } catch (Exception e) {
                problems.put(part, e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        });
        return problems;
    }

    /** Stops everything, also while it starts: what is starting comes up first, since it could not be stopped before. */
    @Override
    public void close() {
        synchronized (running) {
            stopping = true;
        }
        awaitEndOfStart();
        // The shutdown hook must not return while another thread still stops parts: the process would end under it.
        synchronized (closing) {
            stopParts();
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

    private void stopParts() {
        try {
            // Before the parts, so that no client finds the addresses of servers that are being stopped.
            boolean locked;
            synchronized (running) {
                locked = running.containsKey(StackPart.LOCK);
            }
            if (locked) {
                Files.deleteIfExists(config.data().endpoints());
                Files.deleteIfExists(config.data().launcher());
            }
        } catch (IOException e) {
            log.atWarn().setCause(e).log("the addresses of the stopped stack could not be removed");
        }
        StackPart[] parts = StackPart.values();
        for (int i = parts.length - 1; i >= 0; i--) {
            AutoCloseable part;
            synchronized (running) {
                part = running.remove(parts[i]);
            }
            if (part == null) {
                continue;
            }
            try {
                part.close();
            } catch (Exception e) {
                // The others must still be stopped.
                log.atError().addKeyValue("part", parts[i].title).setCause(e).log("a part did not stop cleanly");
            }
        }
    }

    private void startParts() {
        DataDirectory data = config.data();
        keep(StackPart.LOCK, LauncherLock.take(data));
        RunningLauncher.register(data);
        Leftovers.stopServers(data);
        try {
            Scratch.renew(data);
        } catch (IOException e) {
            throw new CommandException("temporary files could not be removed: " + e.getMessage(), e);
        }
        keep(StackPart.LEFTOVERS, () -> Leftovers.remove(data));
        StackSecrets secrets = StackSecrets.loadOrCreate(data.secrets());
        Credentials key = Credentials.loadOrCreate(data);
        credentials = key;

        ExecutorService starters = Executors.newFixedThreadPool(3);
        DatabaseAddress owner;
        String kafka;
        String redis;
        try {
            Future<DatabaseAddress> ownerLater = starters.submit(() -> startDatabase(secrets, key));
            Future<String> kafkaLater = starters.submit(this::startKafka);
            Future<String> redisLater = starters.submit(this::startRedis);
            // All three are waited for even when one fails: a server that is still starting could not be stopped.
            List<CommandException> failures = new ArrayList<>();
            DatabaseAddress startedOwner = join(StackPart.POSTGRES, ownerLater, failures);
            String startedKafka = join(StackPart.KAFKA, kafkaLater, failures);
            String startedRedis = join(StackPart.REDIS, redisLater, failures);
            if (startedOwner == null || startedKafka == null || startedRedis == null) {
                throw failures.get(0);
            }
            owner = startedOwner;
            kafka = startedKafka;
            redis = startedRedis;
        } finally {
            starters.shutdown();
        }

        int[] ports = {
            port("HTTP", 0), port("gRPC", 1_000), port("management", 1_001),
        };
        int grpcPort = startServices(secrets, owner, kafka, redis, ports);
        timed(StackPart.FLINK, () -> {
            EmbeddedFlink jobs = EmbeddedFlink.start(
                    data.flink(), kafka, owner.jdbcUrl(), "ecomind_pipeline", secrets.password("pipeline"));
            keep(StackPart.FLINK, jobs);
            flink.set(jobs);
            awaitReady();
            return "";
        });
        Map<String, DatabaseAddress> databases = new HashMap<>();
        for (String role : Endpoints.ROLES) {
            databases.put(role, owner.as("ecomind_" + role, secrets.password(role)));
        }
        databases.put("migrator", owner);
        endpoints = new Endpoints(
                ProcessHandle.current().pid(),
                "http://" + HOST + ":" + ports[0],
                HOST + ":" + grpcPort,
                "http://" + HOST + ":" + ports[2],
                databases,
                kafka,
                redis);
        synchronized (portChanges) {
            PortChange.write(data, portChanges);
        }
        endpoints.write(data);
    }

    /** Where PostgreSQL's programs are unpacked to; kept when the data is removed, because unpacking takes seconds. */
    private static Path programs(DataDirectory data) {
        return data.root().resolve("programs");
    }

    private int port(String part, int offset) {
        int wanted = config.portBase() + offset;
        int used = FreePorts.prefer(wanted);
        if (used != wanted) {
            synchronized (portChanges) {
                portChanges.add(new PortChange(part, wanted, used));
            }
        }
        return used;
    }

    private DatabaseAddress startDatabase(StackSecrets secrets, Credentials key) throws SQLException {
        DatabaseAddress external = config.external().database();
        DatabaseAddress owner = external != null ? external : timed(StackPart.POSTGRES, () -> startPostgres(secrets));
        long begin = System.nanoTime();
        Migrations.run(owner.dataSource());
        for (String role : Endpoints.ROLES) {
            if (!role.equals("migrator")) {
                EmbeddedPostgresServer.allowLogin(
                        owner.dataSource(),
                        "ecomind_" + role,
                        secrets.password(role).value());
            }
        }
        DemoOrganisation.seed(owner.dataSource(), secrets.keyPepper(), key.key(), key.keyForImport());
        DemoOrganisation.change(owner.dataSource(), config.zone(), config.plan());
        tell("schema and demonstration organisation", "", begin);
        return owner;
    }

    private DatabaseAddress startPostgres(StackSecrets secrets) {
        var server = EmbeddedPostgresServer.start(
                config.data().postgres(), programs(config.data()), port("PostgreSQL", 2_000));
        keep(StackPart.POSTGRES, server);
        server.createDatabase(secrets.password("migrator").value());
        return new DatabaseAddress(server.jdbcUrl(), EmbeddedPostgresServer.owner(), secrets.password("migrator"));
    }

    private String startKafka() {
        String external = config.external().kafkaBootstrapServers();
        if (external != null) {
            EmbeddedKafkaBroker.createTopics(external, (short) -1);
            return external;
        }
        return timed(StackPart.KAFKA, () -> {
            var broker = EmbeddedKafkaBroker.start(
                    config.data().kafka(), port("Kafka", 2_001), port("Kafka's controller", 2_002));
            keep(StackPart.KAFKA, broker);
            EmbeddedKafkaBroker.createTopics(broker.bootstrapServers(), (short) 1);
            return broker.bootstrapServers();
        });
    }

    private String startRedis() {
        String external = config.external().redisUrl();
        if (external != null) {
            return external;
        }
        return timed(StackPart.REDIS, () -> {
            var server = EmbeddedRedisServer.start(config.data().redis(), port("Redis", 2_003));
            keep(StackPart.REDIS, server);
            return server.url();
        });
    }

    /** Gateway and API behind one HTTP server, as behind an ingress; returns the port of gRPC. */
    private int startServices(StackSecrets secrets, DatabaseAddress owner, String kafka, String redis, int[] ports) {
        var metrics = new PrometheusRegistry();
        Clock clock = Clock.systemUTC();
        List<HttpFeature> features = new ArrayList<>();
        IngestGateway gateway = timed(StackPart.GATEWAY, () -> {
            IngestGateway created = IngestGateway.create(
                    new GatewayConfig(
                            HOST,
                            ports[0],
                            ports[1],
                            owner.jdbcUrl(),
                            "ecomind_gateway",
                            secrets.password("gateway"),
                            secrets.keyPepper(),
                            kafka,
                            redis,
                            ACK_TIMEOUT,
                            MAX_IN_FLIGHT_BYTES,
                            HEARTBEAT_INTERVAL,
                            List.of()),
                    clock,
                    metrics);
            keep(StackPart.GATEWAY, created);
            return created;
        });
        ApiService api = timed(StackPart.API, () -> {
            ApiService created = ApiService.create(
                    new ApiConfig(
                            HOST,
                            ports[0],
                            owner.jdbcUrl(),
                            "ecomind_api",
                            secrets.password("api"),
                            secrets.keyPepper()),
                    clock);
            keep(StackPart.API, created);
            return created;
        });
        WorkerService worker = timed(StackPart.WORKER, () -> {
            WorkerService created = WorkerService.start(
                    new WorkerConfig(
                            HOST,
                            0,
                            owner.jdbcUrl(),
                            "ecomind_worker",
                            secrets.password("worker"),
                            kafka,
                            RECONCILE_EVERY),
                    clock,
                    metrics);
            keep(StackPart.WORKER, created);
            return created;
        });
        features.addAll(gateway.features());
        features.addAll(api.features());
        gateway.readiness().forEach((name, check) -> readiness.put("gateway " + name, check));
        api.readiness().forEach((name, check) -> readiness.put("api " + name, check));
        worker.readiness().forEach((name, check) -> readiness.put("worker " + name, check));
        readiness.put("jobs", this::jobsProblem);
        timed(StackPart.MANAGEMENT, () -> {
            ManagementServer server = ManagementServer.start(HOST, ports[2], metrics, readiness);
            keep(StackPart.MANAGEMENT, server);
            return "http://" + HOST + ":" + server.port();
        });
        timed(StackPart.HTTP, () -> {
            HttpServer server = HttpServer.start(
                    new HttpServer.Address(HOST, ports[0]),
                    HttpLimits.DEFAULT,
                    metrics,
                    gateway.authenticator(),
                    features);
            keep(StackPart.HTTP, server);
            return "http://" + HOST + ":" + server.port();
        });
        return gateway.startGrpc();
    }

    private @Nullable String jobsProblem() {
        EmbeddedFlink jobs = flink.get();
        return jobs == null ? "starting" : jobs.problem();
    }

    private void awaitReady() {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (true) {
            Map<String, String> problems = problems();
            if (problems.isEmpty()) {
                return;
            }
            failWhenStopping();
            if (System.nanoTime() > deadline) {
                throw new CommandException("not ready after " + READY_WITHIN.toSeconds() + " s: " + problems);
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    /** Has a part stopped by {@link #close}, also by one that waits for the end of the start already. */
    private void keep(StackPart part, AutoCloseable closeable) {
        synchronized (running) {
            running.put(part, closeable);
        }
    }

    private void failWhenStopping() {
        synchronized (running) {
            if (stopping) {
                throw new CommandException("stopped while it was starting");
            }
        }
    }

    private <T> T timed(StackPart part, Callable<T> start) {
        failWhenStopping();
        long begin = System.nanoTime();
        T started;
        try {
            started = start.call();
        } catch (CommandException e) {
            throw e;
        } catch (ServerStartException e) {
            // Its message is complete.
            throw new CommandException(String.valueOf(e.getMessage()), e);
        } catch (Exception e) {
            throw new CommandException(part.title + " did not start: " + withCauses(e), e);
        }
        String address =
                started instanceof DatabaseAddress dsn ? dsn.jdbcUrl() : started instanceof String text ? text : "";
        tell(part.title, address, begin);
        return started;
    }

    private void tell(String part, String address, long begin) {
        synchronized (listener) {
            listener.started(part, address, Duration.ofNanos(System.nanoTime() - begin));
        }
    }

    private static <T> @Nullable T join(StackPart part, Future<T> later, List<CommandException> failures) {
        try {
            return later.get();
        } catch (ExecutionException e) {
            failures.add(
                    e.getCause() instanceof CommandException known
                            ? known
                            : new CommandException(
                                    part.title + " did not start: " + withCauses(e.getCause()), e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.add(new CommandException("interrupted while " + part.title + " started", e));
        }
        return null;
    }

    /** The messages of a failure and of its causes, without those that repeat what stands there already. */
    private static String withCauses(@Nullable Throwable failure) {
        var text = new StringBuilder();
        for (Throwable e = failure; e != null; e = e.getCause()) {
            String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            if (text.indexOf(message) < 0) {
                text.append(text.isEmpty() ? "" : ": ").append(message);
            }
        }
        return text.toString();
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
