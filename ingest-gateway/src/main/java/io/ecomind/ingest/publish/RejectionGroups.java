package io.ecomind.ingest.publish;

import io.ecomind.contracts.v1.Rejection;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Counts equal rejections within an interval, and those that were not kept. Thread-safe; bounded by {@link RejectionLimits}.
 *
 * <p>Equal are rejections of the same organisation, source, user, code, field and message.
 */
final class RejectionGroups {
    private static final long DAY_MICROS = 86_400_000_000L;

    private final RejectionLimits limits;
    private final long intervalMicros;
    /** In the order of their beginning, which is the order of their end. */
    private final Map<Key, Group> groups = new LinkedHashMap<>();

    private final Map<String, Integer> groupsOf = new HashMap<>();
    private final Map<OrganisationDay, Summary> summaries = new LinkedHashMap<>();

    /** An organisation and one of its days. */
    private record OrganisationDay(String orgId, LocalDate date) {}

    private record Key(String orgId, String source, String userId, String code, String field, String message) {
        static Key of(Rejection rejection) {
            return new Key(
                    rejection.getOrgId(),
                    rejection.getSource(),
                    rejection.getUserId(),
                    rejection.getCode(),
                    rejection.getField(),
                    rejection.getMessage());
        }
    }

    private static final class Group {
        private final Key key;
        private final Rejection first;
        private long count = 1;
        private long lastAtMicros;
        private boolean isKept;

        Group(Key key, Rejection first) {
            this.key = key;
            this.first = first;
            this.lastAtMicros = first.getRejectedAtMicros();
        }

        Rejection toRecord() {
            return first.toBuilder()
                    .clearPayload()
                    .clearPayloadTruncated()
                    .setOccurrences(count)
                    .setLastAtMicros(lastAtMicros)
                    .build();
        }
    }

    /** Rejections of an organisation's day that were not kept. */
    private static final class Summary {
        private final String id = UUID.randomUUID().toString();
        private final long firstAtMicros;
        private long lastAtMicros;
        private long count;
        private long written;

        Summary(long firstAtMicros) {
            this.firstAtMicros = firstAtMicros;
        }
    }

    RejectionGroups(RejectionLimits limits) {
        this.limits = limits;
        this.intervalMicros = limits.interval().toNanos() / 1_000;
    }

    /** A rejection that is the first of its kind: to be written when the organisation's limit has room, else forgotten. */
    static final class Candidate {
        private final Rejection rejection;
        private final @Nullable Group group;

        private Candidate(Rejection rejection, @Nullable Group group) {
            this.rejection = rejection;
            this.group = group;
        }

        Rejection rejection() {
            return rejection;
        }
    }

    /** Counts a rejection with its equals; null when that is all, else it is the first. */
    synchronized @Nullable Candidate add(Rejection rejection) {
        var key = Key.of(rejection);
        Group group = groups.get(key);
        // Also when its interval has ended: until it is written it takes what comes.
        if (group != null) {
            group.count++;
            group.lastAtMicros = Math.max(group.lastAtMicros, rejection.getRejectedAtMicros());
            return null;
        }
        int ofOrganisation = groupsOf.getOrDefault(rejection.getOrgId(), 0);
        if (groups.size() >= limits.groups() || ofOrganisation >= limits.groupsPerOrganisation()) {
            return new Candidate(rejection, null);
        }
        Rejection named = rejection.toBuilder()
                .setGroupId(UUID.randomUUID().toString())
                .setOccurrences(1)
                .build();
        var first = new Group(
                key, named.toBuilder().clearPayload().clearPayloadTruncated().build());
        groups.put(key, first);
        groupsOf.put(rejection.getOrgId(), ofOrganisation + 1);
        return new Candidate(named, first);
    }

    /** The candidate is written. */
    synchronized void kept(Candidate candidate) {
        if (candidate.group != null) {
            candidate.group.isKept = true;
        }
    }

    /**
     * The candidate is not written, nor are its equals that have come meanwhile: all are only counted.
     *
     * @return how many they are
     */
    synchronized long notKept(Candidate candidate, LocalDate date) {
        long count = 1;
        if (candidate.group != null) {
            count = candidate.group.count;
            remove(candidate.group);
        }
        long at = candidate.rejection.getRejectedAtMicros();
        Summary summary = summaries.computeIfAbsent(
                new OrganisationDay(candidate.rejection.getOrgId(), date), none -> new Summary(at));
        summary.count += count;
        summary.lastAtMicros = Math.max(summary.lastAtMicros, at);
        return count;
    }

    /** What is to be written now: groups whose interval has ended, and counts that have changed. */
    synchronized List<Rejection> due(long nowMicros) {
        return take(nowMicros - intervalMicros);
    }

    /** The same for all groups, at the end. */
    synchronized List<Rejection> all() {
        return take(Long.MAX_VALUE);
    }

    private List<Rejection> take(long begunUntilMicros) {
        List<Rejection> due = new ArrayList<>();
        List<Group> ended = new ArrayList<>();
        for (Group group : groups.values()) {
            if (group.first.getRejectedAtMicros() > begunUntilMicros) {
                break;
            }
            // One that is not known to be kept yet is being decided on by another thread.
            if (group.isKept) {
                ended.add(group);
            }
        }
        for (Group group : ended) {
            remove(group);
            if (group.count > 1) {
                due.add(group.toRecord());
            }
        }
        Iterator<Map.Entry<OrganisationDay, Summary>> entries =
                summaries.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<OrganisationDay, Summary> entry = entries.next();
            Summary summary = entry.getValue();
            if (summary.written < summary.count) {
                summary.written = summary.count;
                due.add(toRecord(entry.getKey().orgId(), summary));
            } else if (summary.lastAtMicros <= begunUntilMicros - 2 * DAY_MICROS) {
                entries.remove();
            }
        }
        return due;
    }

    private static Rejection toRecord(String orgId, Summary summary) {
        return Rejection.newBuilder()
                .setOrigin("gateway")
                .setOrgId(orgId)
                .setSummary(true)
                .setGroupId(summary.id)
                .setOccurrences(summary.count)
                .setRejectedAtMicros(summary.firstAtMicros)
                .setLastAtMicros(summary.lastAtMicros)
                .build();
    }

    private void remove(Group group) {
        if (groups.remove(group.key, group)) {
            groupsOf.computeIfPresent(group.key.orgId(), (org, count) -> count == 1 ? null : count - 1);
        }
    }
}
