package io.ecomind.service.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of API keys, so that a request costs no query. {@link #refresh}, called from time to time, reads the rows of all
 * keys in use with one query. A row that is missing or too old is read when it is asked for; those that wait at one moment
 * are read with one query too, and there is one query at a time, so a flood of invented ids costs one connection.
 *
 * <p>While the database does not answer, the last row counts for {@link KeyCacheLimits#withoutDatabase}; after that, and for
 * ids that were never read, the answer is UNAVAILABLE. One caller at a time waits for a database that did not answer, and few
 * for keys that may be invented, so the others keep their threads. Thread-safe.
 */
final class KeyCache {
    private static final Logger log = LoggerFactory.getLogger(KeyCache.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final KeyStore store;
    private final KeyCacheLimits limits;
    private final LongSupplier nanos;
    /** One thread, or the caller's: two queries at once could leave the older answer. */
    private final Executor reader;

    private final Cache<String, Entry> rows;
    /** Apart from the rows, which a flood of invented ids must not push out. */
    private final Cache<String, Boolean> unknown;

    private final Map<String, CompletableFuture<Optional<StoredKey>>> waiting = new ConcurrentHashMap<>();
    private final LongAdder staleAnswers = new LongAdder();
    private final Semaphore unproven;
    /** Whether a caller asks a database that did not answer before. */
    private final AtomicBoolean probing = new AtomicBoolean();

    private volatile @Nullable Long failedAtNanos;

    private static final class Entry {
        private final StoredKey key;
        private final long readAtNanos;
        private volatile long usedAtNanos;

        private Entry(StoredKey key, long readAtNanos, long usedAtNanos) {
            this.key = key;
            this.readAtNanos = readAtNanos;
            this.usedAtNanos = usedAtNanos;
        }
    }

    KeyCache(KeyStore store, KeyCacheLimits limits, LongSupplier nanos, Executor reader) {
        this.store = store;
        this.limits = limits;
        this.nanos = nanos;
        this.reader = reader;
        this.unproven = new Semaphore(limits.unproven());
        // Without an executor Caffeine would evict in the common pool, a moment after the bound is passed.
        this.rows = Caffeine.newBuilder()
                .maximumSize(limits.entries())
                .expireAfterAccess(limits.withoutDatabase())
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build();
        this.unknown = Caffeine.newBuilder()
                .maximumSize(limits.unknownEntries())
                .expireAfterWrite(limits.refreshEvery())
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    /**
     * The key of an id, empty when there is none.
     *
     * @param proven whether the id is known to be one that was issued
     * @throws AppException UNAVAILABLE when that cannot be told, because the database does not answer
     */
    Optional<StoredKey> find(String id, boolean proven) {
        long now = nanos.getAsLong();
        Entry entry = rows.getIfPresent(id);
        if (entry != null) {
            entry.usedAtNanos = now;
            if (now - entry.readAtNanos <= limits.maxAge().toNanos()) {
                return Optional.of(entry.key);
            }
        } else if (unknown.getIfPresent(id) != null) {
            return Optional.empty();
        }
        Long failed = failedAtNanos;
        if (failed != null
                && (countsWithoutDatabase(entry, now)
                        || now - failed < limits.askAgainAfter().toNanos())) {
            return lastKnown(entry, now);
        }
        Optional<StoredKey> read = failed == null ? readBounded(id, proven || entry != null) : probe(id);
        // Null: it was not read, which is not the same as that there is none.
        return read != null ? read : lastKnown(entry, now);
    }

    private @Nullable Optional<StoredKey> probe(String id) {
        if (!probing.compareAndSet(false, true)) {
            return null;
        }
        try {
            return read(id);
        } finally {
            probing.set(false);
        }
    }

    private @Nullable Optional<StoredKey> readBounded(String id, boolean proven) {
        if (proven) {
            return read(id);
        }
        if (!unproven.tryAcquire()) {
            return null;
        }
        try {
            return read(id);
        } finally {
            unproven.release();
        }
    }

    /** Reads the rows of the keys in use again. */
    void refresh() {
        long now = nanos.getAsLong();
        List<String> due = new ArrayList<>();
        rows.asMap().forEach((id, entry) -> {
            if (now - entry.usedAtNanos <= limits.inUse().toNanos()) {
                due.add(id);
            }
        });
        // Also when nothing is due: this is how the end of an outage is noticed.
        if (!due.isEmpty() || failedAtNanos != null) {
            query(due);
        }
    }

    boolean databaseAnswers() {
        return failedAtNanos == null;
    }

    /** How often a row counted that was too old, because the database did not answer. */
    long staleAnswers() {
        return staleAnswers.sum();
    }

    long size() {
        rows.cleanUp();
        return rows.estimatedSize();
    }

    long unknownSize() {
        unknown.cleanUp();
        return unknown.estimatedSize();
    }

    private boolean countsWithoutDatabase(@Nullable Entry entry, long now) {
        return entry != null
                && now - entry.readAtNanos <= limits.withoutDatabase().toNanos();
    }

    private Optional<StoredKey> lastKnown(@Nullable Entry entry, long now) {
        if (entry == null || !countsWithoutDatabase(entry, now)) {
            throw unavailable();
        }
        staleAnswers.increment();
        return Optional.of(entry.key);
    }

    static AppException unavailable() {
        return new AppException(ErrorCode.UNAVAILABLE, "API keys cannot be checked at the moment", RETRY_AFTER);
    }

    private @Nullable Optional<StoredKey> read(String id) {
        if (waiting.size() >= limits.waiting() && !waiting.containsKey(id)) {
            return null;
        }
        var mine = new CompletableFuture<Optional<StoredKey>>();
        CompletableFuture<Optional<StoredKey>> theirs = waiting.putIfAbsent(id, mine);
        CompletableFuture<Optional<StoredKey>> result = theirs == null ? mine : theirs;
        try {
            if (theirs == null) {
                reader.execute(this::readWaiting);
            }
            return result.get(limits.answerWithin().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException slow) {
            failed("no answer within " + limits.answerWithin().toMillis() + " ms");
            return null;
        } catch (ExecutionException notRead) {
            return null;
        } catch (RejectedExecutionException closed) {
            waiting.remove(id, mine);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void readWaiting() {
        List<String> ids = List.copyOf(waiting.keySet());
        // The callers before have had their ids read with those of others.
        if (ids.isEmpty()) {
            return;
        }
        Map<String, StoredKey> found = query(ids);
        for (String id : ids) {
            CompletableFuture<Optional<StoredKey>> result = waiting.remove(id);
            if (result != null) {
                if (found == null) {
                    result.completeExceptionally(new IllegalStateException("the database does not answer"));
                } else {
                    result.complete(Optional.ofNullable(found.get(id)));
                }
            }
        }
    }

    /** Reads the rows and keeps them; null when the database does not answer. */
    private @Nullable Map<String, StoredKey> query(List<String> ids) {
        long asked = nanos.getAsLong();
        Map<String, StoredKey> found;
        try {
            found = store.find(ids);
        } catch (SQLException | RuntimeException e) {
            failed(String.valueOf(e.getMessage()));
            return null;
        }
        for (String id : ids) {
            StoredKey key = found.get(id);
            if (key == null) {
                rows.invalidate(id);
                unknown.put(id, true);
            } else {
                Entry before = rows.asMap().get(id);
                rows.put(id, new Entry(key, asked, before == null ? asked : before.usedAtNanos));
            }
        }
        if (failedAtNanos != null) {
            failedAtNanos = null;
            log.info("API keys are read from the database again");
        }
        return found;
    }

    private void failed(String why) {
        if (failedAtNanos == null) {
            log.atWarn()
                    .addKeyValue("cause", why)
                    .log("API keys cannot be read; those that are known count for "
                            + limits.withoutDatabase().toMinutes() + " minutes");
        }
        failedAtNanos = nanos.getAsLong();
    }
}
