package io.ecomind.api.factors;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.Methodology;
import io.ecomind.service.AppException;
import io.ecomind.store.FactorSets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The stored sets, read and ready. Thread-safe. Sets never change, so each is read once; a new one is seen within
 * {@link #LIST_TTL}. A set whose files are not what its hash says is UNAVAILABLE with the reason: no figure at all is
 * better than a wrong one. Asking takes a second connection when the caller holds one, so ask before the transaction.
 */
final class FactorStore {
    /** How old the list of sets may be. */
    static final Duration LIST_TTL = Duration.ofSeconds(2);

    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);
    private static final int MAX_KEPT = 32;

    private final DataSource database;
    private final Object listing = new Object();
    private final Cache<String, Loaded> kept =
            Caffeine.newBuilder().maximumSize(MAX_KEPT).build();
    private @Nullable Listed last;
    private long failedAtNanos = System.nanoTime() - AFTER_FAILURE.toNanos();

    private record Listed(long atNanos, List<FactorSets.Stored> sets) {}

    /** A set as it is stored, its files, and what they say under each methodology. */
    record Loaded(
            FactorSets.Stored stored, FactorSetFiles files, FactorSet set, Map<Methodology, FactorSet> byMethodology) {
        /** The set's rows under a methodology; its own when null. */
        FactorSet under(@Nullable Methodology methodology) {
            return methodology == null ? set : byMethodology.getOrDefault(methodology, set);
        }
    }

    FactorStore(DataSource database) {
        this.database = database;
    }

    /** All sets, the one that became or becomes active last first. */
    List<FactorSets.Stored> list() {
        synchronized (listing) {
            Listed known = last;
            if (known != null && System.nanoTime() - known.atNanos() < LIST_TTL.toNanos()) {
                return known.sets();
            }
            // Whoever waited for somebody else's failure must not wait for the same one again.
            if (System.nanoTime() - failedAtNanos < AFTER_FAILURE.toNanos()) {
                throw databaseAway();
            }
            try (Connection connection = database.getConnection()) {
                var fresh = new Listed(System.nanoTime(), FactorSets.list(connection));
                last = fresh;
                return fresh.sets();
            } catch (SQLException e) {
                failedAtNanos = System.nanoTime();
                throw databaseAway();
            }
        }
    }

    /**
     * The set that rates what is received at a moment.
     *
     * @throws AppException UNAVAILABLE when none is active yet or it cannot be read
     */
    Loaded active(Instant receivedAt) {
        // Only the sets that matter are read: one that is broken and long superseded must not stand in the way.
        FactorSets.Stored head = activeHead(receivedAt);
        if (head == null) {
            throw new AppException(ErrorCode.UNAVAILABLE, "no factor set is active yet", LIST_TTL);
        }
        return load(head);
    }

    /** The same without its rows; null when none is active yet. */
    FactorSets.@Nullable Stored activeHead(Instant receivedAt) {
        for (FactorSets.Stored stored : list()) {
            if (stored.activeFrom() == null || !stored.activeFrom().isAfter(receivedAt)) {
                return stored;
            }
        }
        return null;
    }

    /**
     * A set by its id.
     *
     * @throws AppException NOT_FOUND, or UNAVAILABLE when it cannot be read
     */
    Loaded get(String id) {
        for (FactorSets.Stored stored : list()) {
            if (stored.id().equals(id)) {
                return load(stored);
            }
        }
        throw new AppException(
                ErrorCode.NOT_FOUND,
                "there is no factor set " + QueryParameters.shortened(id) + "; GET /v1/factors lists all");
    }

    /**
     * A set that was listed.
     *
     * @throws AppException UNAVAILABLE when it cannot be read
     */
    Loaded load(FactorSets.Stored stored) {
        // A refusal passes through the cache, which then keeps nothing: the set may be repaired.
        Loaded loaded = kept.get(stored.id() + ' ' + stored.sha256(), key -> read(stored));
        // The files are immutable; the moment from which the set is active may have been moved on.
        return new Loaded(stored, loaded.files(), loaded.set(), loaded.byMethodology());
    }

    private Loaded read(FactorSets.Stored stored) {
        try (Connection connection = database.getConnection()) {
            FactorSetFiles files = FactorSets.load(connection, stored);
            FactorSet set = files.parse();
            if (!set.id().equals(stored.id())) {
                throw unreadable(stored, "its files are those of " + set.id());
            }
            Map<Methodology, FactorSet> byMethodology = new EnumMap<>(Methodology.class);
            for (Methodology methodology : Methodology.values()) {
                byMethodology.put(methodology, set.under(methodology));
            }
            return new Loaded(stored, files, set, byMethodology);
        } catch (FactorSetException e) {
            throw unreadable(stored, String.join("; ", e.problems()));
        } catch (SQLException e) {
            throw databaseAway();
        }
    }

    private static AppException unreadable(FactorSets.Stored stored, String why) {
        return new AppException(
                ErrorCode.UNAVAILABLE,
                "factor set " + stored.id() + " cannot be read, so nothing is rated by it: " + why,
                LIST_TTL);
    }

    private static AppException databaseAway() {
        return new AppException(
                ErrorCode.UNAVAILABLE, "factor sets cannot be read at the moment", Duration.ofSeconds(2));
    }
}
