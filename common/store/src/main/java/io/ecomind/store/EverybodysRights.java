package io.ecomind.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * What PostgreSQL grants to everybody and no process needs: large objects, which no quota counts, and advisory locks. Only a
 * superuser can take it away, since the functions belong to the one that made the server; the migrations cannot. Stateless.
 */
public final class EverybodysRights {
    private static final String FILE = "/db/superuser.sql";

    private EverybodysRights() {}

    /** The statements that take it away, for a superuser to run in the migrated database. */
    public static String script() {
        try (InputStream in = EverybodysRights.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes it away, from a migrated database. */
    public static void revoke(DataSource superuser) throws SQLException {
        try (Connection connection = superuser.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(script());
            connection.commit();
        }
    }

    /** Whether a login may take it away. */
    public static boolean mayRevoke(DataSource login) throws SQLException {
        return isTrue(login, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
    }

    /** Whether it has been taken away from a role that needs none of it; true before the migrations, which make the role. */
    public static boolean areRevoked(DataSource login) throws SQLException {
        return isTrue(login, """
                SELECT NOT EXISTS (
                    SELECT FROM pg_roles
                    WHERE rolname = 'ecomind_gateway'
                      AND (has_function_privilege(oid, 'lo_create(oid)', 'EXECUTE')
                           OR has_function_privilege(oid, 'pg_advisory_lock(bigint)', 'EXECUTE')))""");
    }

    private static boolean isTrue(DataSource login, String query) throws SQLException {
        try (Connection connection = login.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() && row.getBoolean(1);
        }
    }
}
