package io.ecomind.ingest.validation;

/**
 * How much one request may be told about, and how much is remembered of it meanwhile, so that neither grows faster than what
 * was sent. Immutable.
 *
 * @param errorsPerItem errors that are listed of one item; at the next one the rest of the item is not looked at
 * @param errorsPerRequest errors that are listed of all items together, beyond the first one of each
 * @param unknownFields names of unknown fields of one item that are remembered to find one that is there twice
 * @param warnings warnings that are listed
 * @param messageCharacters length of the message of an error
 */
public record ItemLimits(
        int errorsPerItem, int errorsPerRequest, int unknownFields, int warnings, int messageCharacters) {
    public static final ItemLimits DEFAULT = new ItemLimits(20, 2_000, 64, 50, 512);
}
