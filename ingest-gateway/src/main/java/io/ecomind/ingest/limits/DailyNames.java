package io.ecomind.ingest.limits;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds the different users, models and projects of an organisation's local day to what its plan allows. Thread-safe.
 *
 * <p>Each gateway remembers the names that it has let through, as hashes; see the RATIONALE for what that means with several
 * gateways and after a restart. A name that was let through once stays so for its day.
 */
public final class DailyNames {
    /** Stands for the names of a day beyond the limit. */
    public static final String OTHER = "(other)";

    /** What a day with its sets takes of memory, in names: otherwise many days of one name each would cost next to nothing. */
    private static final int DAY_AS_NAMES = 16;

    private final NameLimits limits;
    private final long unusedNanos;
    private final Map<String, OrganisationNames> organisations = new HashMap<>();
    /** In the order of their last use. */
    private final LinkedHashMap<Day, NamesOfDay> days = new LinkedHashMap<>(64, 0.75f, true);

    /** Of all days, each of which counts as {@link #DAY_AS_NAMES} more. */
    private int names;

    /** What is counted apart. */
    public enum Kind {
        USER("user_id", "users"),
        MODEL("model", "models"),
        PROJECT("project", "projects");

        private final String field;
        private final String plural;

        Kind(String field, String plural) {
            this.field = field;
            this.plural = plural;
        }

        /** The field of an event. */
        public String field() {
            return field;
        }

        /** What the sender is told when a name is replaced. */
        public String warning(LocalDate date, long limit) {
            return field + " was counted as " + OTHER + ": " + date + " has " + limit + " different " + plural
                    + " already, which is the plan's limit";
        }

        /** The plan's limit. */
        public long limit(OrganisationLimits limits) {
            return switch (this) {
                case USER -> limits.usersPerDay();
                case MODEL -> limits.modelsPerDay();
                case PROJECT -> limits.projectsPerDay();
            };
        }
    }

    private record Day(String orgId, LocalDate date) {}

    private static final class NamesOfDay {
        private final Map<Kind, HashSetOfLongs> sets = new EnumMap<>(Kind.class);
        private long usedAtNanos;

        HashSetOfLongs of(Kind kind) {
            return sets.computeIfAbsent(kind, none -> new HashSetOfLongs());
        }

        @Nullable
        HashSetOfLongs ifPresent(Kind kind) {
            return sets.get(kind);
        }
    }

    /** How many names of all days of an organisation are remembered. */
    private static final class OrganisationNames {
        private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

        int count(Kind kind) {
            return counts.getOrDefault(kind, 0);
        }

        void add(Kind kind, int number) {
            counts.merge(kind, number, Integer::sum);
        }

        boolean isEmpty() {
            return counts.values().stream().allMatch(count -> count == 0);
        }
    }

    public DailyNames(NameLimits limits) {
        this.limits = limits;
        this.unusedNanos = limits.unused().toNanos();
    }

    /**
     * Whether a name is among those of the day, or is now.
     *
     * @param limit how many the day may have
     */
    public boolean admits(String orgId, LocalDate date, Kind kind, String name, long limit) {
        long hash = hash(name);
        synchronized (this) {
            long now = System.nanoTime();
            var key = new Day(orgId, date);
            NamesOfDay known = days.get(key);
            HashSetOfLongs set = known == null ? null : known.ifPresent(kind);
            if (known != null) {
                known.usedAtNanos = now;
                if (set != null && set.contains(hash)) {
                    return true;
                }
            }
            forgetUnused(now);
            OrganisationNames organisation = organisations.get(orgId);
            int ofAllDays = organisation == null ? 0 : organisation.count(kind);
            if ((set != null && set.size() >= limit) || ofAllDays >= limit * limits.daysPerOrganisation()) {
                return false;
            }
            while (names >= limits.names() && days.size() > 1) {
                forgetEldest();
            }
            // Looked up again: this day may have been forgotten just now, and its organisation with it.
            NamesOfDay day = days.computeIfAbsent(key, none -> {
                names += DAY_AS_NAMES;
                return new NamesOfDay();
            });
            day.usedAtNanos = now;
            day.of(kind).add(hash);
            organisations
                    .computeIfAbsent(orgId, none -> new OrganisationNames())
                    .add(kind, 1);
            names++;
            return true;
        }
    }

    private void forgetUnused(long now) {
        Iterator<Map.Entry<Day, NamesOfDay>> eldest = days.entrySet().iterator();
        while (eldest.hasNext()) {
            Map.Entry<Day, NamesOfDay> entry = eldest.next();
            if (now - entry.getValue().usedAtNanos < unusedNanos) {
                return;
            }
            eldest.remove();
            forget(entry.getKey(), entry.getValue());
        }
    }

    private void forgetEldest() {
        Map.Entry<Day, NamesOfDay> eldest = days.entrySet().iterator().next();
        days.remove(eldest.getKey());
        forget(eldest.getKey(), eldest.getValue());
    }

    private void forget(Day day, NamesOfDay forgotten) {
        names -= DAY_AS_NAMES;
        OrganisationNames organisation = organisations.get(day.orgId());
        for (Kind kind : Kind.values()) {
            HashSetOfLongs set = forgotten.ifPresent(kind);
            if (set != null) {
                names -= set.size();
                if (organisation != null) {
                    organisation.add(kind, -set.size());
                }
            }
        }
        if (organisation != null && organisation.isEmpty()) {
            organisations.remove(day.orgId());
        }
    }

    /** Of a cryptographic hash, because senders choose the names: with any other they could make them equal. */
    private static long hash(String name) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("SHA-256 is part of every Java runtime", missing);
        }
    }
}
