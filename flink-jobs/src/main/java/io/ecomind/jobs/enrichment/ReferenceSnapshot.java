package io.ecomind.jobs.enrichment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ecomind.contracts.ReferenceHash;
import io.ecomind.contracts.v1.FactorSet;
import io.ecomind.contracts.v1.FactorSetPart;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The newest entry of each entity and the newest manifest, and whether they agree. Not thread-safe. */
final class ReferenceSnapshot {
    private final Map<String, ReferenceChange> newest = new HashMap<>();
    private @Nullable ReferenceManifest manifest;

    /** Accepts an entry; returns null when the snapshot has the same version or a newer one. */
    @Nullable
    ReferenceChange accept(ReferenceEntry entry) {
        ReferenceChange before = newest.get(entry.getKey());
        if (before != null && before.version() >= entry.getVersion()) {
            return null;
        }
        var change = new ReferenceChange(entry.getKey(), entry.getVersion(), entry.getDeleted(), entry.toByteArray());
        newest.put(entry.getKey(), change);
        return change;
    }

    /** Restores an entry from the state of an earlier run. */
    void restore(ReferenceChange change) {
        newest.put(change.key(), change);
    }

    void accept(ReferenceManifest newer) {
        manifest = newer;
    }

    @Nullable
    ReferenceManifest manifest() {
        return manifest;
    }

    Collection<ReferenceChange> changes() {
        return newest.values();
    }

    /** In the order of versions: the parts of a set come before its head. */
    List<ReferenceChange> inOrder() {
        return newest.values().stream()
                .sorted(Comparator.comparingLong(ReferenceChange::version))
                .toList();
    }

    /** Why the snapshot is not whole, null when it is. */
    @Nullable
    String incompleteReason() {
        if (manifest == null) {
            return "the topic has no manifest; it is published after the entries that it counts";
        }
        var versions = new TreeMap<String, Long>();
        for (ReferenceChange change : newest.values()) {
            if (!change.deleted()) {
                versions.put(change.key(), change.version());
            }
        }
        if (versions.size() != manifest.getEntries()) {
            return "manifest " + manifest.getVersion() + " counts " + manifest.getEntries() + " entries, the topic has "
                    + versions.size();
        }
        if (!Arrays.equals(ReferenceHash.sha256(versions), manifest.getSha256().toByteArray())) {
            return "manifest " + manifest.getVersion() + " has another hash than the " + versions.size()
                    + " entries of the topic";
        }
        for (ReferenceChange change : newest.values()) {
            if (!change.deleted()) {
                ReferenceEntry entry = parsed(change);
                String problem = entry.hasFactorSet() ? problem(entry.getFactorSet()) : null;
                if (problem != null) {
                    return problem;
                }
            }
        }
        return null;
    }

    /** What is wrong with a factor set, null when nothing is. */
    @Nullable
    String problem(FactorSet head) {
        var parts = new TreeMap<Integer, FactorSetFiles.Part>();
        for (int number = 0; number < head.getParts(); number++) {
            ReferenceChange change = newest.get("set/" + head.getId() + "/" + number);
            if (change != null && !change.deleted()) {
                FactorSetPart part = parsed(change).getFactorSetPart();
                parts.put(part.getNumber(), ReferenceData.part(part));
            }
        }
        try {
            FactorSetFiles.join(parts, head.getParts(), head.getSha256()).parse();
            return null;
        } catch (FactorSetException e) {
            return "factor set " + head.getId() + ": " + e.getMessage();
        }
    }

    private static ReferenceEntry parsed(ReferenceChange change) {
        try {
            return ReferenceEntry.parseFrom(change.entry());
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("an entry that was read before cannot be read again", impossible);
        }
    }
}
