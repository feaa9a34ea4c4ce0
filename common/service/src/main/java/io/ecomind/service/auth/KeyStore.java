package io.ecomind.service.auth;

import io.ecomind.contracts.Scope;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Where API keys are stored. Thread-safe. */
@FunctionalInterface
interface KeyStore {
    /** The keys of these ids; those that do not exist are missing in the answer. */
    Map<String, StoredKey> find(Collection<String> ids) throws SQLException;

    /**
     * The database's keys, read with one query.
     *
     * @param answerWithin after so long without an answer the connection is lost: a server that vanished must not hold
     *     the thread for ever
     */
    static KeyStore of(DataSource database, Duration answerWithin) {
        return ids -> {
            try (Connection connection = database.getConnection()) {
                connection.setNetworkTimeout(Runnable::run, Math.toIntExact(answerWithin.toMillis()));
                return find(connection, ids);
            }
        };
    }

    private static Map<String, StoredKey> find(Connection connection, Collection<String> ids) throws SQLException {
        Map<String, StoredKey> found = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement("""
                SELECT id, key_hash, pepper_version, org_id, user_id, source, scopes, revoked, expires_at,
                       ingest_shards, plan, events_per_minute, events_per_day
                FROM lookup_api_keys(?)""")) {
            query.setArray(1, connection.createArrayOf("text", ids.toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    found.put(row.getString("id"), fromRow(row));
                }
            }
        }
        return found;
    }

    private static StoredKey fromRow(ResultSet row) throws SQLException {
        OffsetDateTime expires = row.getObject("expires_at", OffsetDateTime.class);
        return new StoredKey(
                row.getBytes("key_hash"),
                row.getInt("pepper_version"),
                row.getBoolean("revoked"),
                expires == null ? null : expires.toInstant(),
                new MachineKey(
                        row.getString("id"),
                        row.getString("org_id"),
                        row.getString("user_id"),
                        row.getString("source"),
                        scopes((String[]) row.getArray("scopes").getArray()),
                        row.getInt("ingest_shards"),
                        row.getString("plan"),
                        row.getObject("events_per_minute", Long.class),
                        row.getObject("events_per_day", Long.class)));
    }

    private static Set<Scope> scopes(String[] names) {
        // A scope that this version does not know permits nothing here.
        return Stream.of(names)
                .flatMap(name -> Scope.fromWireName(name).stream())
                .collect(Collectors.toUnmodifiableSet());
    }
}
