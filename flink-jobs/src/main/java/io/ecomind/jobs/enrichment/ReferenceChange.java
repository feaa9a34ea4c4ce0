package io.ecomind.jobs.enrichment;

/**
 * A change of reference data on its way to every task. Immutable.
 *
 * @param key the entity's key; {@link #COMPLETE} says that the snapshot is whole
 * @param version the entity's version
 * @param deleted the entity is gone
 * @param entry the ReferenceEntry in protobuf form
 */
public record ReferenceChange(String key, long version, boolean deleted, byte[] entry) {
    /** No entity has this key. */
    public static final String COMPLETE = "";

    static ReferenceChange complete() {
        return new ReferenceChange(COMPLETE, 0, false, new byte[0]);
    }
}
