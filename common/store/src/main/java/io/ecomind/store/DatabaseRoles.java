package io.ecomind.store;

import io.ecomind.connect.Secret;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/**
 * The right to log in of the roles that the migrations create, one for each process. Needs the role that owns the schema.
 * Stateless.
 */
public final class DatabaseRoles {
    /** The roles of the processes, besides the owner's. */
    public static final List<String> PROCESSES =
            List.of("ecomind_gateway", "ecomind_api", "ecomind_worker", "ecomind_pipeline", "ecomind_dispatcher");

    private static final String WRONG_PASSWORD = "28P01";
    private static final String LOGIN_NOT_PERMITTED = "28000";

    private DatabaseRoles() {}

    /** Opens a connection as a role; fails as PostgreSQL does. */
    @FunctionalInterface
    public interface Login {
        Connection open(String role, Secret password) throws SQLException;
    }

    /** Lets a role log in with a password. The password is hashed here, so that no log of the server can show it. */
    public static void allowLogin(DataSource owner, String role, Secret password) throws SQLException {
        requireKnown(role);
        try (Connection connection = owner.getConnection();
                Statement statement = connection.createStatement()) {
            char[] characters = password.value().toCharArray();
            connection.unwrap(PGConnection.class).alterUserPassword(role, characters, null);
            statement.execute("ALTER ROLE " + role + " LOGIN");
        }
    }

    /** What keeps a role from logging in with a password, in words; empty when nothing does. Changes nothing. */
    public static Optional<String> difference(DataSource owner, Login login, String role, Secret password)
            throws SQLException {
        requireKnown(role);
        try (Connection connection = owner.getConnection();
                PreparedStatement query =
                        connection.prepareStatement("SELECT rolcanlogin FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, role);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Optional.of("does not exist: the migrations create it");
                }
                if (!row.getBoolean(1)) {
                    return Optional.of("may not log in");
                }
            }
        }
        try (Connection ofRole = login.open(role, password)) {
            return ofRole.isValid(5) ? Optional.empty() : Optional.of("has a connection that does not answer");
        } catch (SQLException refused) {
            if (WRONG_PASSWORD.equals(refused.getSQLState()) || LOGIN_NOT_PERMITTED.equals(refused.getSQLState())) {
                return Optional.of("has another password");
            }
            throw refused;
        }
    }

    /** A role's name becomes part of a statement. */
    private static void requireKnown(String role) {
        if (!PROCESSES.contains(role)) {
            throw new IllegalArgumentException("there is no role " + role);
        }
    }
}
