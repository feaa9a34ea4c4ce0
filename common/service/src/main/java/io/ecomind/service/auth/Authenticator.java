package io.ecomind.service.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ecomind.connect.Secret;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.contracts.Permissions;
import io.ecomind.contracts.Scope;
import io.ecomind.service.AppException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Checks bearer API keys against the database. Thread-safe. Rows are kept for ten seconds, so a revoked key works at
 * most that much longer; unknown ids are remembered too, in a bounded cache.
 *
 * <p>All failures look the same to the caller, so that nobody learns which ids exist.
 */
public final class Authenticator {
    /** How long a looked-up key is trusted. */
    public static final Duration CACHE_TTL = Duration.ofSeconds(10);

    private static final int CACHE_ENTRIES = 10_000;
    private static final int MAX_LOOK_UPS = 16;
    private static final byte[] NO_HASH = new byte[32];

    private final DataSource database;
    private final Secret pepper;
    private final Cache<String, Optional<KeyRow>> rows;

    /** Invented keys must not hold all threads while the database is slow; keys that are known need no look-up. */
    private final Semaphore lookUps = new Semaphore(MAX_LOOK_UPS);

    private record KeyRow(byte[] hash, boolean revoked, MachineKey key) {}

    public Authenticator(DataSource database, Secret pepper) {
        this(database, pepper, CACHE_TTL);
    }

    Authenticator(DataSource database, Secret pepper, Duration ttl) {
        this.database = database;
        this.pepper = pepper;
        this.rows = Caffeine.newBuilder()
                .maximumSize(CACHE_ENTRIES)
                .expireAfterWrite(ttl)
                .build();
    }

    /**
     * Finds out who sends a request.
     *
     * @param authorization the header or metadata entry of that name, null when absent
     * @param permission what the key must permit
     * @throws AppException UNAUTHORIZED, SCOPE_MISSING, or UNAVAILABLE while the database does not answer
     */
    public MachineKey authenticate(@Nullable String authorization, Permission permission) {
        MachineKey key = identify(authorization);
        if (!key.may(permission)) {
            String needed = Permissions.get().scopesThatGrant(permission).stream()
                    .map(Scope::wireName)
                    .collect(Collectors.joining(" or "));
            throw new AppException(ErrorCode.SCOPE_MISSING, "this API key has no scope " + needed);
        }
        return key;
    }

    private MachineKey identify(@Nullable String authorization) {
        if (authorization == null) {
            throw new AppException(ErrorCode.UNAUTHORIZED, "send the header Authorization: Bearer <api key>");
        }
        boolean bearer = authorization.regionMatches(true, 0, "Bearer ", 0, 7);
        ApiKey key = bearer ? ApiKey.parse(authorization.substring(7).trim()) : null;
        if (key != null) {
            KeyRow row = rows.get(key.id(), this::lookUp).orElse(null);
            boolean equal = MessageDigest.isEqual(key.hash(pepper), row == null ? NO_HASH : row.hash());
            if (equal && row != null && !row.revoked()) {
                return row.key();
            }
        }
        throw new AppException(ErrorCode.UNAUTHORIZED, "the API key is not valid");
    }

    private Optional<KeyRow> lookUp(String id) {
        if (!lookUps.tryAcquire()) {
            throw new AppException(
                    ErrorCode.UNAVAILABLE, "too many API keys are being checked at the moment", Duration.ofSeconds(1));
        }
        try {
            return query(id);
        } finally {
            lookUps.release();
        }
    }

    private Optional<KeyRow> query(String id) {
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement("""
                        SELECT key_hash, org_id, user_id, source, scopes, revoked, ingest_shards, plan,
                               events_per_minute, events_per_day
                        FROM lookup_api_key(?)""")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(fromRow(id, row)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new AppException(
                    ErrorCode.UNAVAILABLE, "API keys cannot be checked at the moment", Duration.ofSeconds(2));
        }
    }

    private static KeyRow fromRow(String id, ResultSet row) throws SQLException {
        return new KeyRow(
                row.getBytes("key_hash"),
                row.getBoolean("revoked"),
                new MachineKey(
                        id,
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
