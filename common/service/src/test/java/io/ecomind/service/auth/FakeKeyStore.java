package io.ecomind.service.auth;

import io.ecomind.contracts.Scope;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Rows of keys in memory, with the queries that asked for them. Thread-safe. */
final class FakeKeyStore implements KeyStore {
    /** The ids of each query. */
    final List<List<String>> queries = new CopyOnWriteArrayList<>();

    /** Whether the database does not answer. */
    volatile boolean fails;

    private final Map<String, StoredKey> rows = new ConcurrentHashMap<>();

    void put(ApiKey key, KeyPeppers peppers, int version) {
        put(key, peppers, version, false, null);
    }

    void put(ApiKey key, KeyPeppers peppers, int version, boolean revoked, @Nullable Instant expiresAt) {
        put(new StoredKey(key.hash(peppers), version, revoked, expiresAt, reader(key.id())));
    }

    void put(StoredKey row) {
        rows.put(row.key().keyId(), row);
    }

    /** A row whose hash belongs to no key. */
    void putUnusable(String id) {
        put(new StoredKey(new byte[32], 1, false, null, reader(id)));
    }

    void remove(ApiKey key) {
        rows.remove(key.id());
    }

    void revoke(ApiKey key) {
        rows.computeIfPresent(
                key.id(),
                (id, row) -> new StoredKey(row.hash(), row.pepperVersion(), true, row.expiresAt(), row.key()));
    }

    private static MachineKey reader(String id) {
        return new MachineKey(id, "org", null, null, Set.of(Scope.READ), 1, "team", null, null);
    }

    @Override
    public Map<String, StoredKey> find(Collection<String> ids) throws SQLException {
        queries.add(List.copyOf(ids));
        if (fails) {
            throw new SQLException("away", "08001");
        }
        Map<String, StoredKey> found = new HashMap<>(rows);
        found.keySet().retainAll(ids);
        return found;
    }
}
