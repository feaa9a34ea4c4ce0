package io.ecomind.api.factors;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ecomind.api.http.QueryParameters;
import io.ecomind.api.tenant.TenantTransactions;
import io.ecomind.contracts.ErrorCode;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.FactorTable;
import io.ecomind.footprint.Methodology;
import io.ecomind.service.AppException;
import io.ecomind.store.FactorSets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The stored sets, read and ready. Thread-safe. Sets never change, so each is read once; a new one is seen within
 * {@link #LIST_TTL}. A set whose files are not what its hash says is UNAVAILABLE with the reason: no figure at all is
 * better than a wrong one. It takes a connection of its own, so a caller asks before it opens a transaction.
 */
public final class FactorSetService {
    /** How old the list of sets may be. */
    static final Duration LIST_TTL = Duration.ofSeconds(2);

    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);
    private static final int MAX_KEPT = 32;

    private final TenantTransactions tenants;
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

    public FactorSetService(TenantTransactions tenants) {
        this.tenants = tenants;
    }

    /** A set with its rows, or with the reason why it cannot be read; exactly one of the two is null. */
    record ListedSet(
            FactorSets.Stored stored,
            boolean active,
            @Nullable FactorSet set,
            @Nullable String problem) {}

    /** A row of one of a set's tables. */
    record FoundRow(FactorTable table, Map<String, @Nullable Object> row) {}

    /**
     * Some rows of a set.
     *
     * @param found how many rows of the set meet the filter
     */
    record FoundRows(ListedSet set, long found, List<FoundRow> rows) {}

    /**
     * All sets with their rows; one that cannot be read is in the list with its problem and does not hide the others.
     */
    List<ListedSet> listWithRows(Instant now) {
        List<ListedSet> sets = new ArrayList<>();
        for (FactorSets.Stored stored : list()) {
            try {
                sets.add(readable(load(stored), now));
            } catch (AppException unreadable) {
                sets.add(new ListedSet(stored, isActive(stored, now), null, unreadable.detail()));
            }
        }
        return sets;
    }

    /** The rows of a set that meet a filter, table by table in the order of the files, from an offset on. */
    FoundRows rows(Loaded loaded, FactorRowFilter filter, int limit, int offset, Instant now) {
        List<FoundRow> page = new ArrayList<>();
        long[] found = {0};
        for (FactorTable table : filter.table() == null ? FactorTable.values() : new FactorTable[] {filter.table()}) {
            table.rows(loaded.set()).filter(row -> filter.matches(table, row)).forEach(row -> {
                if (found[0] >= offset && page.size() < limit) {
                    page.add(new FoundRow(table, row));
                }
                found[0]++;
            });
        }
        return new FoundRows(readable(loaded, now), found[0], page);
    }

    private ListedSet readable(Loaded loaded, Instant now) {
        return new ListedSet(loaded.stored(), isActive(loaded.stored(), now), loaded.set(), null);
    }

    private boolean isActive(FactorSets.Stored stored, Instant now) {
        FactorSets.Stored active = activeHead(now);
        return active != null && active.id().equals(stored.id());
    }

    /** All sets, the one that became or becomes active last first. */
    List<FactorSets.Stored> list() {
        synchronized (listing) {
            Listed known = last;
            if (known != null && System.nanoTime() - known.atNanos() < LIST_TTL.toNanos()) {
                return known.sets();
            }
            // A caller that waited for this lock while the query failed must not repeat the same wait.
            if (System.nanoTime() - failedAtNanos < AFTER_FAILURE.toNanos()) {
                throw databaseUnavailable();
            }
            try {
                List<FactorSets.Stored> sets = tenants.readShared(handle -> FactorSets.list(handle.getConnection()));
                last = new Listed(System.nanoTime(), sets);
                return sets;
            } catch (SQLException | AppException e) {
                failedAtNanos = System.nanoTime();
                throw databaseUnavailable();
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
        // An exception passes through the cache, which then keeps nothing: the set may be repaired.
        Loaded loaded = kept.get(stored.id() + ' ' + stored.sha256(), key -> read(stored));
        // The files are immutable; the moment from which the set is active may have been moved on.
        return new Loaded(stored, loaded.files(), loaded.set(), loaded.byMethodology());
    }

    private Loaded read(FactorSets.Stored stored) {
        try {
            FactorSetFiles files = tenants.readShared(handle -> load(handle, stored));
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
            throw databaseUnavailable();
        }
    }

    private static FactorSetFiles load(Handle handle, FactorSets.Stored stored) throws SQLException {
        try {
            return FactorSets.load(handle.getConnection(), stored);
        } catch (FactorSetException e) {
            throw unreadable(stored, String.join("; ", e.problems()));
        }
    }

    private static AppException unreadable(FactorSets.Stored stored, String why) {
        return new AppException(
                ErrorCode.UNAVAILABLE,
                "factor set " + stored.id() + " cannot be read, so nothing is rated by it: " + why,
                LIST_TTL);
    }

    private static AppException databaseUnavailable() {
        return new AppException(
                ErrorCode.UNAVAILABLE, "factor sets cannot be read at the moment", Duration.ofSeconds(2));
    }
}
