package io.ecomind.testkit;

import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.Secret;
import io.ecomind.store.DatabaseRoles;
import io.ecomind.store.EverybodysRights;
import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL on loopback whose data outlives the process. Durable (fsync and synchronous_commit are on) and
 * password-protected for every role. {@link #close} stops it; a server that a killed process left behind is found and
 * stopped at the next start.
 */
public final class EmbeddedPostgresServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgresServer.class);
    private static final String DATABASE = "ecomind";
    private static final String OWNER = "ecomind_migrator";

    /** The roles of the processes, besides the owner's. */
    public static final List<String> ROLES = DatabaseRoles.PROCESSES;

    private final EmbeddedPostgres server;
    private final String superuserPassword;
    private final @Nullable CertificateFiles tls;

    private EmbeddedPostgresServer(EmbeddedPostgres server, String superuserPassword, @Nullable CertificateFiles tls) {
        this.server = server;
        this.superuserPassword = superuserPassword;
        this.tls = tls;
    }

    /** Starts a server on the data of {@code directory}; the programs are unpacked to a folder in it. */
    public static EmbeddedPostgresServer start(Path directory, int port) {
        return start(directory, directory.resolve("programs"), port);
    }

    /** Starts a server without TLS. */
    public static EmbeddedPostgresServer start(Path directory, Path programs, int port) {
        return start(directory, programs, port, null);
    }

    /**
     * Starts a server on the data of {@code directory}, which is created when it is not there.
     *
     * @param programs where PostgreSQL's programs are unpacked to, unless an earlier start has done so
     * @param tls null: without TLS; otherwise no client gets in without it
     * @throws ServerStartException when PostgreSQL does not start, with what it logged; nothing of it is left running
     */
    public static EmbeddedPostgresServer start(
            Path directory, Path programs, int port, @Nullable CertificateFiles tls) {
        Path serverLog = directory.resolve("server.log");
        try {
            PrivateFolders.create(directory);
            stopOrphan(directory);
            PostgresDirectory prepared = PostgresDirectory.prepare(directory, programs);
            return new EmbeddedPostgresServer(
                    start(prepared, programs, port, tls, serverLog), prepared.superuserPassword(), tls);
        } catch (IOException | RuntimeException e) {
            stopAfterFailure(directory, e);
            throw new ServerStartException("PostgreSQL", directory, ServerStartException.lastLines(serverLog), e);
        }
    }

    private static EmbeddedPostgres start(
            PostgresDirectory prepared, Path programs, int port, @Nullable CertificateFiles tls, Path serverLog)
            throws IOException {
        ProcessBuilder.Redirect output = ProcessBuilder.Redirect.appendTo(serverLog.toFile());
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setPgBinaryResolver(new ResolverOfOneStart())
                .setOverrideWorkingDirectory(PrivateFolders.create(programs).toFile())
                .setDataDirectory(prepared.data())
                .setCleanDataDirectory(false)
                .setDataDirectoryCustomizer(data -> prepared.secure(tls != null))
                .setRegisterShutdownHook(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setPort(port)
                .setConnectConfig("password", prepared.superuserPassword())
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("listen_addresses", "127.0.0.1")
                // No socket file in the system's temporary directory.
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("max_connections", "100")
                .setServerConfig("shared_buffers", "256MB")
                .setServerConfig("max_wal_size", "2GB")
                .setServerConfig("timezone", "UTC")
                .setOutputRedirector(output)
                .setErrorRedirector(output);
        if (tls != null) {
            builder.setServerConfig("ssl", "on")
                    .setServerConfig("ssl_min_protocol_version", "TLSv1.3")
                    .setServerConfig("ssl_cert_file", tls.chain().toString())
                    .setServerConfig("ssl_key_file", tls.key().toString());
            tlsProperties(tls).forEach(builder::setConnectConfig);
        }
        return builder.start();
    }

    /**
     * The library remembers for each resolver where it has unpacked the programs, and would run those of another folder, which
     * may be gone.
     */
    private static final class ResolverOfOneStart implements PgBinaryResolver {
        @Override
        public InputStream getPgBinary(String system, String machineHardware) throws IOException {
            return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, machineHardware);
        }
    }

    /** What the driver needs to check that it talks to this server. */
    private static Map<String, String> tlsProperties(CertificateFiles tls) {
        return Map.of("sslmode", "verify-full", "sslrootcert", tls.authority().toString());
    }

    /** The library may give up on a server that it has started. */
    private static void stopAfterFailure(Path directory, Exception failure) {
        try {
            stopOrphan(directory);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    public int port() {
        return server.getPort();
    }

    /** JDBC address of the product's database, without user and password; with TLS it says how to check the server. */
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    /** Name of the role that owns the schema. */
    public static String owner() {
        return OWNER;
    }

    /** Creates the database and its owner when they are not there, and sets the owner's password. */
    public void createDatabase(String ownerPassword) {
        try (Connection admin = connect("postgres", "postgres", superuserPassword);
                Statement statement = admin.createStatement()) {
            if (!exists(statement, "SELECT FROM pg_roles WHERE rolname = '" + OWNER + "'")) {
                statement.execute("CREATE ROLE " + OWNER + " LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE");
            }
            statement.execute("ALTER ROLE " + OWNER + " PASSWORD '" + quote(ownerPassword) + "'");
            if (!exists(statement, "SELECT FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                statement.execute("CREATE DATABASE " + DATABASE + " OWNER " + OWNER);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the database could not be created", e);
        }
    }

    /**
     * Takes from everybody what no process needs, here and in the databases that come with a server. Called when the database
     * has been migrated.
     */
    public void revokeRightsOfEverybody() throws SQLException {
        EverybodysRights.revoke(
                new DatabaseSettings(jdbcUrl(), "postgres", new Secret(superuserPassword)).dataSource());
        try (Connection admin = connect("postgres", "postgres", superuserPassword);
                Statement statement = admin.createStatement()) {
            statement.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC");
        }
    }

    /** Lets a role log in with a password; the role comes from the migrations. */
    public static void allowLogin(DataSource owner, String role, String password) throws SQLException {
        DatabaseRoles.allowLogin(owner, role, new Secret(password));
    }

    /** Connections of one role, unpooled. */
    public DataSource dataSource(String role, String password) {
        return new DatabaseSettings(jdbcUrl(), role, new Secret(password)).dataSource();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private String jdbcUrl(String database) {
        String url = "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database;
        return tls == null ? url : DatabaseSettings.withProperties(url, new TreeMap<>(tlsProperties(tls)));
    }

    private Connection connect(String database, String user, String password) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), user, password);
    }

    private static boolean exists(Statement statement, String query) throws SQLException {
        try (var rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }

    private static String quote(String text) {
        return text.replace("'", "''");
    }

    /**
     * The server that runs on {@code directory}. The pid file's first line names the postmaster; a process that got the same
     * pid later does not have the data directory in its command line.
     */
    public static Optional<ProcessHandle> running(Path directory) throws IOException {
        Path data = directory.resolve("data");
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(pidFile);
        String pid = lines.isEmpty() ? "" : lines.get(0).trim();
        if (!pid.matches("\\d{1,10}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(pid))
                .filter(process -> process.info().commandLine().orElse("").contains(data.toString()));
    }

    /** Stops the server that a killed process left running on {@code directory}. */
    public static void stopOrphan(Path directory) throws IOException {
        Path data = directory.resolve("data");
        Path pidFile = data.resolve("postmaster.pid");
        Optional<ProcessHandle> orphan = running(directory);
        if (orphan.isPresent()) {
            long pid = orphan.get().pid();
            log.atWarn().addKeyValue("pid", pid).log("stopping a PostgreSQL that an earlier run left behind");
            orphan.get().destroy();
            // SIGTERM waits for sessions to end; a second, stronger request follows for those that do not.
            for (int waited = 0; orphan.get().isAlive() && waited < 100; waited++) {
                try {
                    orphan.get().onExit().get(100, TimeUnit.MILLISECONDS);
                } catch (TimeoutException stillRunning) {
                    if (waited == 20) {
                        new ProcessBuilder("kill", "-INT", Long.toString(pid)).start();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted while an old PostgreSQL stopped", e);
                } catch (ExecutionException e) {
                    throw new IOException("an old PostgreSQL did not stop", e);
                }
            }
            if (orphan.get().isAlive()) {
                throw new IOException("PostgreSQL with pid " + pid + " still runs on " + data + " and did not stop");
            }
        }
        Files.deleteIfExists(pidFile);
    }
}
