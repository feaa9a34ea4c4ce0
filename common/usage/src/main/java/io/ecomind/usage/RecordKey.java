package io.ecomind.usage;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The key of a record of events.raw: {@code org}, or {@code org#shard} when the organisation is spread over several keys.
 * Stateless.
 */
public final class RecordKey {
    /** Longer than any organisation and shard. */
    private static final int MAX_BYTES = 512;

    private RecordKey() {}

    /** The key of an event. Equal identities get equal keys, so that they meet in one partition. */
    public static byte[] of(String orgId, int shards, String source, String id) {
        if (shards <= 1) {
            return orgId.getBytes(StandardCharsets.UTF_8);
        }
        var hash = new CRC32();
        hash.update((source + '\0' + id).getBytes(StandardCharsets.UTF_8));
        return (orgId + '#' + hash.getValue() % shards).getBytes(StandardCharsets.UTF_8);
    }

    /** The organisation that a key names; empty when it names none. */
    public static String organisationOf(byte @Nullable [] key) {
        if (key == null || key.length > MAX_BYTES || UsageJson.findInvalidUtf8(key, 0, key.length) >= 0) {
            return "";
        }
        String text = new String(key, StandardCharsets.UTF_8);
        int shard = text.lastIndexOf('#');
        String orgId = shard < 0 ? text : text.substring(0, shard);
        return UsageRules.ofString(UsageField.ORG_ID, orgId) == null ? orgId : "";
    }
}
