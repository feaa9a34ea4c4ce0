package io.ecomind.dev.check.attack;

import io.ecomind.cli.profile.DatabaseAddress;
import io.ecomind.connect.Secret;
import io.ecomind.service.auth.ApiKey;
import io.ecomind.service.auth.KeyPeppers;
import io.ecomind.store.Organisations;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Organisations that exist for one run of tries. Thread-safe. {@link #close} revokes their keys; the organisations and what was
 * counted for them stay, since the event log has their events.
 */
final class AttackTenants implements AutoCloseable {
    private static final String ZONE = "UTC";
    private static final String ENVIRONMENT = "try";

    private final DatabaseAddress owner;
    private final KeyPeppers peppers;
    private final String run;
    private final List<String> organisations = Collections.synchronizedList(new ArrayList<>());

    /** @param run distinguishes the organisations of this run from those of others */
    AttackTenants(DatabaseAddress owner, Secret pepper, String run) {
        this.owner = owner;
        this.peppers = KeyPeppers.parse(pepper);
        this.run = run;
    }

    /** A key and whose it is. */
    record Tenant(String org, ApiKey key) {
        String authorization() {
            return "Bearer " + key.text().value();
        }
    }

    /** Adds an organisation with a key that sends, imports and reads. */
    Tenant add(String name, String plan) throws SQLException {
        String org = "try-" + run + "-" + name;
        try (Connection connection = owner.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            Organisations.create(connection, org, org, plan, ZONE, 1);
            connection.commit();
        }
        organisations.add(org);
        return new Tenant(org, addKey(org, null, "ingest", "import", "read", "manage"));
    }

    /** Adds a person with an alias of the same name. */
    void addPerson(String org, String id) throws SQLException {
        try (Connection connection = owner.dataSource().getConnection()) {
            execute(connection, "INSERT INTO users (org_id, id, name) VALUES (?, ?, ?)", org, id, id);
            execute(connection, "INSERT INTO user_aliases (org_id, alias, user_id) VALUES (?, ?, ?)", org, id, id);
        }
    }

    /** Adds a key, bound to a user when one is given. */
    ApiKey addKey(String org, @Nullable String user, String... scopes) throws SQLException {
        ApiKey key = ApiKey.generate(new SecureRandom(), ENVIRONMENT, peppers);
        try (Connection connection = owner.dataSource().getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO api_keys (id, org_id, user_id, key_hash, scopes) VALUES (?, ?, ?, ?, ?)")) {
            insert.setString(1, key.id());
            insert.setString(2, org);
            insert.setString(3, user);
            insert.setBytes(4, key.hash(peppers));
            insert.setArray(5, connection.createArrayOf("text", scopes));
            insert.executeUpdate();
        }
        return key;
    }

    void revoke(ApiKey key) throws SQLException {
        try (Connection connection = owner.dataSource().getConnection()) {
            execute(connection, "UPDATE api_keys SET revoked_at = now() WHERE id = ?", key.id());
        }
    }

    @Override
    public void close() throws SQLException {
        try (Connection connection = owner.dataSource().getConnection()) {
            for (String org : List.copyOf(organisations)) {
                execute(
                        connection,
                        "UPDATE api_keys SET revoked_at = now() WHERE org_id = ? AND revoked_at IS NULL",
                        org);
            }
        }
    }

    private static void execute(Connection connection, String sql, String... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
