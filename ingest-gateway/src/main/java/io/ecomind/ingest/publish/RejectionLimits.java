package io.ecomind.ingest.publish;

import io.ecomind.contracts.Limits;
import java.time.Duration;

/**
 * How much is kept of what was rejected. How many rejections an organisation may have is a matter of its plan. Immutable.
 *
 * @param interval equal rejections within it are one record with a count
 * @param groupsPerOrganisation different rejections of an organisation that are counted at once; others stand alone
 * @param groups the same for all organisations together
 * @param messageCharacters length of the message
 * @param payloadBytes how much of the payload is kept
 */
public record RejectionLimits(
        Duration interval, int groupsPerOrganisation, int groups, int messageCharacters, int payloadBytes) {
    public static final RejectionLimits DEFAULT =
            new RejectionLimits(Duration.ofMinutes(1), 100, 5_000, 1_024, Limits.MAX_REJECTED_PAYLOAD_BYTES);
}
