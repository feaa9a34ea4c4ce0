package io.ecomind.dev.chaos;

import io.ecomind.api.ApiMain;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.cli.profile.Endpoints;
import io.ecomind.cli.verify.ProjectionProgress;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.runtime.JobConfig;
import io.ecomind.store.Migrations;
import io.ecomind.testkit.EmbeddedKafkaBroker;
import io.ecomind.testkit.EmbeddedPostgresServer;
import io.ecomind.testkit.EmbeddedRedisServer;
import io.ecomind.testkit.FreePorts;
import io.ecomind.worker.WorkerMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Broker, job manager, task managers, PostgreSQL, gateway and API as separate processes on loopback, with proxies
 * between them, on a clock that scenarios move. Thread-safe.
 */
final class ChaosCluster implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChaosCluster.class);
    /** How long an id stays unique in the set-up, and how long a day accepts events before it is sealed. */
    static final Duration HORIZON = Duration.ofMinutes(2);

    /** After this time the broker aborts an open transaction; the scenario about it sets a shorter one. */
    static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

    /** How far the clock is behind when it starts, so that days on which clocks change lie ahead of it. */
    private static final Duration CLOCK_BEHIND = Duration.ofDays(260);

    private static final List<String> ROLES = List.of("gateway", "api", "worker", "pipeline", "dispatcher");

    /**
     * The parts of a set-up.
     *
     * @param brokers 1 or 3
     * @param pepper what the keys of the organisations are hashed with
     */
    record Settings(
            Path directory,
            int brokers,
            Sabotage sabotage,
            Collection<ChaosOrganisation> organisations,
            Secret pepper) {}

    private final Settings settings;
    private final Path logs;
    private final ChaosClock clock;
    private final Map<String, Secret> passwords = new HashMap<>();
    private final ChaosPostgres postgres;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<ChildProcess> brokers = new ArrayList<>();
    private final List<TcpProxy> brokerProxies = new ArrayList<>();
    /** Ends the child processes when a run is interrupted. */
    private final Thread atExit = new Thread(this::stopParts, "stop-set-up");

    private @Nullable TcpProxy databaseProxy;
    private @Nullable TcpProxy gatewayProxy;
    private @Nullable ChildProcess gateway;
    private @Nullable ChildProcess api;
    private @Nullable ChildProcess worker;
    private @Nullable FlinkProcesses flink;
    private int gatewayManagementPort;

    private ChaosCluster(Settings settings) throws IOException {
        this.settings = settings;
        this.logs = Files.createDirectories(settings.directory().resolve("logs"));
        this.clock = ChaosClock.create(
                settings.directory().resolve("clock"), Instant.now().minus(CLOCK_BEHIND));
        ROLES.forEach(role -> passwords.put(role, randomSecret()));
        passwords.put("migrator", randomSecret());
        this.postgres = ChaosPostgres.start(settings.directory().resolve("postgres"));
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts all parts and returns when they are ready. */
    static ChaosCluster start(Settings settings, Consumer<String> say) {
        ChaosCluster cluster;
        try {
            cluster = new ChaosCluster(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            cluster.startParts(say);
            return cluster;
        } catch (SQLException e) {
            cluster.close();
            throw new CommandException("the database could not be set up: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void startParts(Consumer<String> say) throws SQLException {
        // Flink first: it takes longest to start and needs no other part until jobs are submitted.
        flink = keep(FlinkProcesses.start(settings.directory().resolve("flink"), logs, settings.sabotage()));
        startBrokers();
        say.accept("Kafka is running (" + brokers.size() + (brokers.size() == 1 ? " broker)" : " brokers)"));
        postgres.server().createDatabase(password("migrator").value());
        Migrations.run(database("migrator").dataSource());
        postgres.server().revokeRightsOfEverybody();
        for (String role : ROLES) {
            EmbeddedPostgresServer.allowLogin(
                    database("migrator").dataSource(),
                    "ecomind_" + role,
                    password(role).value());
        }
        try (Connection owner = database("migrator").dataSource().getConnection()) {
            ChaosOrganisation.insertAll(owner, settings.organisations(), settings.pepper());
        }
        if (settings.sabotage() == Sabotage.NO_UNIQUE_KEY) {
            dropUniqueKey();
        }
        databaseProxy = keep(TcpProxy.start(0, postgres.port()));
        var redis = keep(EmbeddedRedisServer.start(settings.directory().resolve("redis"), FreePorts.find(1)[0]));
        int[] ports = FreePorts.find(5);
        int gatewayPort = ports[0];
        gatewayManagementPort = ports[1];
        gatewayProxy = keep(TcpProxy.start(0, gatewayPort));
        gateway = keep(ChildProcess.java(
                "gateway",
                logs,
                "384m",
                Map.of(),
                Map.of(
                        "ECOMIND_HTTP_PORT",
                        Integer.toString(gatewayPort),
                        "ECOMIND_MANAGEMENT_PORT",
                        Integer.toString(gatewayManagementPort),
                        "ECOMIND_GRPC_PORT",
                        "0",
                        "ECOMIND_DATABASE_URL",
                        postgres.jdbcUrl(),
                        "ECOMIND_DATABASE_PASSWORD",
                        password("gateway").value(),
                        "ECOMIND_API_KEY_PEPPER",
                        settings.pepper().value(),
                        "ECOMIND_KAFKA_BOOTSTRAP_SERVERS",
                        bootstrapServers(),
                        "ECOMIND_REDIS_URL",
                        redis.url(),
                        "ECOMIND_ACK_TIMEOUT",
                        "5s"),
                ChaosGateway.class,
                List.of(settings.directory().resolve("clock").toString())));
        gateway.start();
        api = keep(ChildProcess.java(
                "api",
                logs,
                "256m",
                Map.of(),
                Map.of(
                        "ECOMIND_HTTP_PORT",
                        Integer.toString(ports[2]),
                        "ECOMIND_MANAGEMENT_PORT",
                        Integer.toString(ports[4]),
                        "ECOMIND_DATABASE_URL",
                        postgres.jdbcUrl(),
                        "ECOMIND_DATABASE_PASSWORD",
                        password("api").value(),
                        "ECOMIND_API_KEY_PEPPER",
                        settings.pepper().value()),
                ApiMain.class,
                List.of()));
        api.start();
        worker = keep(ChildProcess.java(
                "worker",
                logs,
                "256m",
                Map.of(),
                Map.of(
                        "ECOMIND_HTTP_PORT",
                        Integer.toString(ports[3]),
                        "ECOMIND_DATABASE_URL",
                        postgres.jdbcUrl(),
                        "ECOMIND_DATABASE_PASSWORD",
                        password("worker").value(),
                        "ECOMIND_KAFKA_BOOTSTRAP_SERVERS",
                        bootstrapServers(),
                        "ECOMIND_RECONCILE_SECONDS",
                        "5"),
                WorkerMain.class,
                List.of()));
        worker.start();
        awaitReady(gatewayManagementPort);
        awaitReady(ports[4]);
        awaitReady(ports[3]);
        say.accept("PostgreSQL, Redis, gateway, API and worker are running");
        flink().run(jobConfig());
        say.accept("Flink and both jobs are running");
    }

    private Secret password(String role) {
        Secret password = passwords.get(role);
        if (password == null) {
            throw new IllegalArgumentException("there is no role " + role);
        }
        return password;
    }

    ChaosClock clock() {
        return clock;
    }

    FlinkProcesses flink() {
        return started(flink);
    }

    ChildProcess gateway() {
        return started(gateway);
    }

    ChaosPostgres postgres() {
        return postgres;
    }

    List<ChildProcess> brokers() {
        return List.copyOf(brokers);
    }

    /** Between the jobs and PostgreSQL. */
    TcpProxy databaseProxy() {
        return started(databaseProxy);
    }

    /** Between senders and gateway. */
    TcpProxy gatewayProxy() {
        return started(gatewayProxy);
    }

    /** Kafka as everybody may use it: the brokers of this throwaway cluster ask for no password. */
    KafkaSettings kafka() {
        return KafkaSettings.plaintext(bootstrapServers());
    }

    String bootstrapServers() {
        return brokerProxies.stream().map(proxy -> "127.0.0.1:" + proxy.port()).collect(Collectors.joining(","));
    }

    /** The address that senders use: the proxy before the gateway. */
    String gatewayUrl() {
        return "http://127.0.0.1:" + gatewayProxy().port();
    }

    /** The database as one role sees it, past the proxy. */
    DatabaseAddress database(String role) {
        return new DatabaseAddress(postgres.jdbcUrl(), "ecomind_" + role, password(role));
    }

    /** The configuration of the jobs. */
    JobConfig jobConfig() {
        return JobConfig.of(
                        bootstrapServers(),
                        "jdbc:postgresql://127.0.0.1:" + databaseProxy().port() + "/ecomind",
                        "ecomind_pipeline",
                        password("pipeline").value())
                .withHorizon(HORIZON)
                .withTransactionTimeout(TRANSACTION_TIMEOUT);
    }

    /** The addresses, in the form that commands read from a running stack. */
    Endpoints endpoints() {
        Map<String, DatabaseAddress> databases = new HashMap<>();
        passwords.keySet().forEach(role -> databases.put(role, database(role)));
        return new Endpoints(ProcessHandle.current().pid(), gatewayUrl(), "", databases, kafka(), null);
    }

    /** Waits until every record that events.raw holds now is in the tables. */
    void settle() {
        try (var progress = new ProjectionProgress(kafka(), database("pipeline"))) {
            progress.awaitProjected(progress.ends(Topic.EVENTS_RAW), line -> {});
        }
    }

    /** Restores every part after a scenario that ended with an exception. */
    void heal() {
        brokerProxies.forEach(TcpProxy::restore);
        databaseProxy().restore();
        gatewayProxy().restore();
        gatewayProxy().cutNextAnswers(0);
        List<ChildProcess> processes = new ArrayList<>(brokers);
        processes.add(gateway());
        processes.add(started(api));
        processes.add(started(worker));
        processes.forEach(ChildProcess::revive);
        try (Connection connection = database("migrator").dataSource().getConnection()) {
            connection.isValid(1);
        } catch (SQLException e) {
            postgres.restart();
        }
        awaitReady(gatewayManagementPort);
        flink().heal();
    }

    void startGateway() {
        gateway().start();
        awaitReady(gatewayManagementPort);
    }

    /** Waits until the gateway is ready, which requires the broker. */
    void awaitGateway() {
        awaitReady(gatewayManagementPort);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            // The process is ending: the shutdown hook stops the parts.
            return;
        }
        stopParts();
    }

    private void stopParts() {
        List<AutoCloseable> all = new ArrayList<>(opened);
        for (int i = all.size() - 1; i >= 0; i--) {
            closeQuietly(all.get(i));
        }
        closeQuietly(postgres);
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            // Continue, so that the other parts are stopped too.
            log.atWarn().setCause(e).log("a part did not stop cleanly");
        }
    }

    private void startBrokers() {
        List<ChaosBroker.Ports> ports = new ArrayList<>();
        for (int i = 0; i < settings.brokers(); i++) {
            int[] own = FreePorts.find(2);
            TcpProxy proxy = keep(TcpProxy.start(0, own[0]));
            brokerProxies.add(proxy);
            ports.add(new ChaosBroker.Ports(own[0], own[1], proxy.port()));
        }
        String clusterId = Uuid.randomUuid().toString();
        for (int i = 0; i < settings.brokers(); i++) {
            Path file = ChaosBroker.prepare(settings.directory().resolve("kafka-" + (i + 1)), clusterId, ports, i);
            ChildProcess broker = keep(ChildProcess.java(
                    "broker-" + (i + 1),
                    logs,
                    "512m",
                    Map.of(),
                    Map.of(),
                    ChaosBroker.class,
                    List.of(file.toString())));
            broker.start();
            brokers.add(broker);
        }
        for (int i = 0; i < brokers.size(); i++) {
            Waiting.untilListening(brokers.get(i), ports.get(i).broker());
        }
        EmbeddedKafkaBroker.createTopics(bootstrapServers(), (short) settings.brokers());
    }

    private void dropUniqueKey() throws SQLException {
        try (Connection connection = database("migrator").dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE events_enriched DROP CONSTRAINT events_enriched_pkey");
        }
    }

    private static void awaitReady(int port) {
        Waiting.untilReady(port);
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.add(part);
        return part;
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the set-up has not started");
        }
        return part;
    }

    static Secret randomSecret() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return new Secret(HexFormat.of().formatHex(bytes));
    }
}
