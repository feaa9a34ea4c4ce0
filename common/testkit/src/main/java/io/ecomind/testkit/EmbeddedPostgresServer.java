package io.ecomind.testkit;

import io.ecomind.connect.Secret;
import io.ecomind.store.DatabaseRoles;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
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
    private final Path data;

    private EmbeddedPostgresServer(EmbeddedPostgres server, String superuserPassword, Path data) {
        this.server = server;
        this.superuserPassword = superuserPassword;
        this.data = data;
    }

    /** Starts a server on the data of {@code directory}; the programs are unpacked to a folder in it. */
    public static EmbeddedPostgresServer start(Path directory, int port) {
        return start(directory, directory.resolve("programs"), port);
    }

    /**
     * Starts a server on the data of {@code directory}, which is created when it is not there.
     *
     * @param programs where PostgreSQL's programs are unpacked to, unless an earlier start has done so
     * @throws ServerStartException when PostgreSQL does not start, with what it logged; nothing of it is left running
     */
    public static EmbeddedPostgresServer start(Path directory, Path programs, int port) {
        Path serverLog = directory.resolve("server.log");
        try {
            PrivateFolders.create(directory);
            stopOrphan(directory);
            Path unfinished = directory.resolve("initialising");
            Path data = directory.resolve("data");
            if (Files.exists(unfinished)) {
                // A process was killed between initdb and the first password: nothing was stored yet.
                PrivateFolders.delete(data);
            }
            Path passwordFile = directory.resolve("superuser.password");
            boolean fresh = !Files.exists(passwordFile);
            if (fresh && !Files.exists(data) && !Files.exists(unfinished)) {
                Files.createFile(unfinished);
            }
            String password = fresh ? randomPassword() : Files.readString(passwordFile);
            EmbeddedPostgres server = start(data, programs, port, password, serverLog);
            var started = new EmbeddedPostgresServer(server, password, data);
            try {
                // The library lets everybody write to the folder that it unpacks to, and execute the programs.
                PrivateFolders.narrow(programs);
                if (fresh) {
                    started.protect(passwordFile);
                }
                Files.deleteIfExists(unfinished);
            } catch (IOException | RuntimeException e) {
                started.close();
                throw e;
            }
            return started;
        } catch (IOException | RuntimeException e) {
            stopAfterFailure(directory, e);
            throw new ServerStartException("PostgreSQL", directory, ServerStartException.lastLines(serverLog), e);
        }
    }

    private static EmbeddedPostgres start(Path data, Path programs, int port, String password, Path serverLog)
            throws IOException {
        ProcessBuilder.Redirect output = ProcessBuilder.Redirect.appendTo(serverLog.toFile());
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(PrivateFolders.create(programs).toFile())
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setPort(port)
                .setConnectConfig("password", password)
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
                .setErrorRedirector(output)
                .start();
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

    /** JDBC address of the product's database, without user and password. */
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

    /** Lets a role log in with a password; the role comes from the migrations. */
    public static void allowLogin(DataSource owner, String role, String password) throws SQLException {
        DatabaseRoles.allowLogin(owner, role, new Secret(password));
    }

    /** Connections of one role, unpooled. */
    public DataSource dataSource(String role, String password) {
        var source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl());
        source.setUser(role);
        source.setPassword(password);
        return source;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void protect(Path passwordFile) throws IOException {
        try (Connection admin = connect("postgres", "postgres", "");
                Statement statement = admin.createStatement()) {
            statement.execute("ALTER ROLE postgres PASSWORD '" + quote(superuserPassword) + "'");
            Files.writeString(data.resolve("pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
            statement.execute("SELECT pg_reload_conf()");
        } catch (SQLException e) {
            throw new IllegalStateException("the superuser's password could not be set", e);
        }
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, superuserPassword);
    }

    private String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database;
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

    private static String randomPassword() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
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
