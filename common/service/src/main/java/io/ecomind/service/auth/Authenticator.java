package io.ecomind.service.auth;

import io.ecomind.connect.Secret;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.contracts.Permission;
import io.ecomind.contracts.Permissions;
import io.ecomind.contracts.Scope;
import io.ecomind.service.AppException;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Checks bearer API keys. A key whose checksum is wrong is refused without a query, the others by their row, see
 * {@link KeyCache}; that includes invented keys of the first form, which has no checksum. A revoked key works at most five
 * seconds longer while the database answers. Thread-safe.
 *
 * <p>All failures look the same to the caller. An id is not a secret, though: a key of the first form, which has no checksum,
 * is answered a query's time sooner when its id is in use than when it has to be looked for.
 */
public final class Authenticator implements AutoCloseable {
    private static final byte[] NO_HASH = new byte[32];

    private final KeyPeppers peppers;
    private final KeyCache keys;
    private final Clock clock;
    private final Map<RefusedFor, LongAdder> refused = new EnumMap<>(RefusedFor.class);
    private final @Nullable ScheduledExecutorService refresher;

    /** Why a key is not valid; for the metric, never for the caller. */
    private enum RefusedFor {
        FORM,
        CHECKSUM,
        UNKNOWN,
        HASH,
        PEPPER,
        REVOKED,
        EXPIRED
    }

    /** @param pepper as {@link KeyPeppers#parse} reads it */
    public Authenticator(DataSource database, Secret pepper) {
        this(database, KeyPeppers.parse(pepper), KeyCacheLimits.DEFAULT);
    }

    public Authenticator(DataSource database, KeyPeppers peppers, KeyCacheLimits limits) {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
            var created = new Thread(task, "api-keys");
            created.setDaemon(true);
            return created;
        });
        this.peppers = peppers;
        this.clock = Clock.systemUTC();
        this.keys = new KeyCache(KeyStore.of(database, limits.answerWithin()), limits, System::nanoTime, thread);
        this.refresher = thread;
        countRefusals();
        var unused = thread.scheduleWithFixedDelay(
                keys::refresh,
                limits.refreshEvery().toMillis(),
                limits.refreshEvery().toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** With a clock of the caller's, and without a thread: {@link #refresh} is called by the caller. */
    Authenticator(
            KeyStore store,
            KeyPeppers peppers,
            KeyCacheLimits limits,
            Clock clock,
            LongSupplier nanos,
            Executor reader) {
        this.peppers = peppers;
        this.clock = clock;
        this.keys = new KeyCache(store, limits, nanos, reader);
        this.refresher = null;
        countRefusals();
    }

    private void countRefusals() {
        for (RefusedFor reason : RefusedFor.values()) {
            refused.put(reason, new LongAdder());
        }
    }

    /** Has the metrics of this authenticator shown by a registry; once for each registry. */
    public void register(PrometheusRegistry metrics) {
        GaugeWithCallback.builder()
                .name("ecomind_api_key_database_up")
                .help("1 while API keys can be read from the database; 0 while those that are known are served on.")
                .callback(value -> value.call(keys.databaseAnswers() ? 1 : 0))
                .register(metrics);
        CounterWithCallback.builder()
                .name("ecomind_api_keys_stale_total")
                .help("Requests that were let through by the last known row of their key, because the database did not"
                        + " answer.")
                .callback(value -> value.call(keys.staleAnswers()))
                .register(metrics);
        CounterWithCallback.builder()
                .name("ecomind_api_keys_refused_total")
                .help("Requests with a key that is not valid, by reason.")
                .labelNames("reason")
                .callback(value -> refused.forEach(
                        (reason, count) -> value.call(count.sum(), reason.name().toLowerCase(Locale.ROOT))))
                .register(metrics);
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
        if (key == null) {
            throw refuse(RefusedFor.FORM);
        }
        Optional<KeyPeppers.Pepper> issuedWith = Optional.empty();
        if (key.hasChecksum()) {
            issuedWith = key.issuedWith(peppers);
            if (issuedWith.isEmpty()) {
                throw refuse(RefusedFor.CHECKSUM);
            }
        }
        StoredKey row = keys.find(key.id(), issuedWith.isPresent()).orElse(null);
        Optional<KeyPeppers.Pepper> pepper =
                issuedWith.isPresent() || row == null ? issuedWith : peppers.version(row.pepperVersion());
        // Hashed and compared in any case, so that this takes the same time whether or not the id exists.
        boolean equal =
                MessageDigest.isEqual(key.hash(pepper.orElseGet(peppers::newest)), row == null ? NO_HASH : row.hash());
        if (row == null) {
            throw refuse(RefusedFor.UNKNOWN);
        }
        if (!equal && !keys.databaseAnswers()) {
            // As for an id that was never read: while the database is away, the answer must not tell them apart.
            throw KeyCache.unavailable();
        }
        if (pepper.isEmpty() || pepper.get().version() != row.pepperVersion()) {
            throw refuse(RefusedFor.PEPPER);
        }
        if (!equal) {
            throw refuse(RefusedFor.HASH);
        }
        if (row.revoked()) {
            throw refuse(RefusedFor.REVOKED);
        }
        if (row.expiresAt() != null && !clock.instant().isBefore(row.expiresAt())) {
            throw refuse(RefusedFor.EXPIRED);
        }
        return row.key();
    }

    private AppException refuse(RefusedFor reason) {
        LongAdder count = refused.get(reason);
        if (count != null) {
            count.increment();
        }
        return new AppException(ErrorCode.UNAUTHORIZED, "the API key is not valid");
    }

    /** Reads the rows of the keys in use again. */
    void refresh() {
        keys.refresh();
    }

    KeyCache keys() {
        return keys;
    }

    @Override
    public void close() {
        if (refresher != null) {
            refresher.shutdownNow();
        }
    }
}
