package io.ecomind.worker.reference;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.ecomind.contracts.ReferenceHash;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * The table reference_outbox, over the connection that holds the advisory lock: whoever loses the lock can no longer mark
 * rows. Not thread-safe.
 */
final class Outbox {
    private final Handle handle;

    /** An entry that Kafka does not have yet, with the row that it came from. */
    record Unpublished(long id, ReferenceEntry entry) {}

    /** The newest change of an entity. */
    public record NewestChange(String entityKey, long version, boolean deleted, boolean published) {}

    Outbox(Handle handle) {
        this.handle = handle;
    }

    long countUnpublished() {
        return handle.createQuery("SELECT count(*) FROM reference_outbox WHERE published_at IS NULL")
                .mapTo(Long.class)
                .one();
    }

    /**
     * The oldest changes, in the order of versions. stamp_unpublished has moved the activation of a change that would
     * become active before every task can have read it.
     */
    List<Unpublished> unpublished(int limit) {
        // A change that is committed between the two statements is not stamped yet, and is returned by the next call.
        handle.createQuery("SELECT stamp_unpublished()").mapTo(Integer.class).one();
        return handle.createQuery("""
                        SELECT id, entity_key, version, entry
                        FROM reference_outbox
                        WHERE published_at IS NULL AND stamped_at IS NOT NULL
                        ORDER BY version
                        LIMIT :limit""")
                .bind("limit", limit)
                .map((row, ctx) -> fromRow(row))
                .list();
    }

    /** Marks rows that Kafka has acknowledged, and deletes the published rows that they supersede. */
    void markPublished(List<Unpublished> rows) {
        List<Long> ids = rows.stream().map(Unpublished::id).toList();
        List<String> keys = rows.stream().map(row -> row.entry().getKey()).toList();
        handle.useTransaction(transaction -> {
            transaction
                    .createUpdate("UPDATE reference_outbox SET published_at = now() WHERE id = ANY(:ids)")
                    .bindArray("ids", Long.class, ids)
                    .execute();
            transaction.createUpdate("""
                            DELETE FROM reference_outbox old
                            USING reference_outbox newer
                            WHERE old.entity_key = ANY(:keys)
                              AND newer.entity_key = old.entity_key AND newer.version > old.version
                              AND old.published_at IS NOT NULL AND newer.published_at IS NOT NULL""").bindArray("keys", String.class, keys).execute();
        });
    }

    /** Marks the newest change of every entity as unpublished, and returns how many rows that were. */
    int forgetPublished() {
        return handle.createUpdate("""
                        UPDATE reference_outbox o
                        SET published_at = NULL
                        WHERE o.published_at IS NOT NULL
                          AND NOT EXISTS (
                              SELECT FROM reference_outbox newer
                              WHERE newer.entity_key = o.entity_key AND newer.version > o.version)""").execute();
    }

    /** The manifest of the published state; empty while some change, seen by the same snapshot, is unpublished. */
    Optional<ReferenceManifest> manifest() {
        List<NewestChange> newest = handle.createQuery("""
                        SELECT DISTINCT ON (entity_key) entity_key, version,
                               coalesce(CAST(entry ->> 'deleted' AS boolean), false) AS deleted,
                               published_at IS NOT NULL AS published
                        FROM reference_outbox
                        ORDER BY entity_key, version DESC""")
                .map(ConstructorMapper.of(NewestChange.class))
                .list();
        if (!newest.stream().allMatch(NewestChange::published)) {
            return Optional.empty();
        }
        SortedMap<String, Long> versions = new TreeMap<>();
        newest.stream()
                .filter(entity -> !entity.deleted())
                .forEach(entity -> versions.put(entity.entityKey(), entity.version()));
        return Optional.of(ReferenceManifest.newBuilder()
                // Deleted entities count here: the version grows with every change.
                .setVersion(
                        newest.stream().mapToLong(NewestChange::version).max().orElse(0))
                .setEntries(versions.size())
                .setSha256(ByteString.copyFrom(ReferenceHash.sha256(versions)))
                .build());
    }

    private static Unpublished fromRow(ResultSet row) throws SQLException {
        var entry = ReferenceEntry.newBuilder();
        try {
            JsonFormat.parser().merge(row.getString("entry"), entry);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "reference_outbox entry " + row.getString("entity_key") + " version " + row.getLong("version")
                            + " is no ReferenceEntry",
                    e);
        }
        return new Unpublished(row.getLong("id"), entry.build());
    }
}
