package io.ecomind.ingest.grpc;

import io.ecomind.contracts.Limits;
import io.ecomind.service.limits.TransferRate;
import java.time.Duration;

/**
 * What the gRPC server grants its clients. Immutable. {@link #DEFAULT} is what gateways use; a throwaway stack of the module
 * {@code dev} can be started with one limit changed, to see the check fail that relies on it.
 *
 * @param connections open connections; a further one takes the place of the one that has been without a call for longest
 * @param calls calls in progress of all connections together
 * @param callsPerConnection calls in progress of one connection, announced to the client
 * @param callsPerOrganisation calls in progress of one organisation
 * @param connectionsPerOrganisation connections on which one organisation has calls in progress: those are not closed for
 *     others, so it must be well below {@code connections}
 * @param messageBytes largest message, as it comes over the wire and inflated
 * @param items items of a message
 * @param fields fields of a message, those of its items and unknown ones included: each costs memory whatever its size
 * @param bufferedBytes messages in memory of all calls together
 * @param bufferedBytesPerOrganisation the same of one organisation
 * @param metadataBytes largest metadata
 * @param windowBytes how much a client may send ahead of what is read
 * @param grace how long a message may take before {@code bytesPerSecond} is asked of it
 * @param bytesPerSecond least rate of a message
 * @param handshake how long a connection may take to be ready for calls
 * @param idle how long a connection may be without a call
 * @param age how old a connection may be; then its client makes a new one, which also spreads clients over new gateways
 * @param ageGrace how long the calls of an old connection may still take
 */
public record GrpcLimits(
        int connections,
        int calls,
        int callsPerConnection,
        int callsPerOrganisation,
        int connectionsPerOrganisation,
        int messageBytes,
        int items,
        int fields,
        long bufferedBytes,
        long bufferedBytesPerOrganisation,
        int metadataBytes,
        int windowBytes,
        Duration grace,
        int bytesPerSecond,
        Duration handshake,
        Duration idle,
        Duration age,
        Duration ageGrace) {
    public static final GrpcLimits DEFAULT = new GrpcLimits(
            512,
            2_048,
            128,
            512,
            64,
            Limits.MAX_BODY_BYTES,
            Limits.MAX_ITEMS,
            64 * Limits.MAX_ITEMS,
            128L << 20,
            32L << 20,
            8 * 1024,
            256 * 1024,
            Duration.ofSeconds(10),
            16 * 1024,
            Duration.ofSeconds(10),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofMinutes(1));

    /** How slowly a message may come. */
    TransferRate rate() {
        return new TransferRate(grace, bytesPerSecond);
    }

    /** The same limits with other numbers of connections and calls. */
    public GrpcLimits withCalls(int newConnections, int newCalls, int newPerConnection, int newPerOrganisation) {
        return new GrpcLimits(
                newConnections,
                newCalls,
                newPerConnection,
                newPerOrganisation,
                connectionsPerOrganisation,
                messageBytes,
                items,
                fields,
                bufferedBytes,
                bufferedBytesPerOrganisation,
                metadataBytes,
                windowBytes,
                grace,
                bytesPerSecond,
                handshake,
                idle,
                age,
                ageGrace);
    }

    /** The same limits with other sizes of messages. */
    public GrpcLimits withMessages(int newMessageBytes, int newItems, int newFields, long newBuffered, long newShare) {
        return new GrpcLimits(
                connections,
                calls,
                callsPerConnection,
                callsPerOrganisation,
                connectionsPerOrganisation,
                newMessageBytes,
                newItems,
                newFields,
                newBuffered,
                newShare,
                metadataBytes,
                windowBytes,
                grace,
                bytesPerSecond,
                handshake,
                idle,
                age,
                ageGrace);
    }

    /** The same limits with other times. */
    public GrpcLimits withTimes(Duration newGrace, Duration newHandshake, Duration newIdle) {
        return new GrpcLimits(
                connections,
                calls,
                callsPerConnection,
                callsPerOrganisation,
                connectionsPerOrganisation,
                messageBytes,
                items,
                fields,
                bufferedBytes,
                bufferedBytesPerOrganisation,
                metadataBytes,
                windowBytes,
                newGrace,
                bytesPerSecond,
                newHandshake,
                newIdle,
                age,
                ageGrace);
    }

    /** The same limits with another number of connections of an organisation. */
    public GrpcLimits withConnectionsPerOrganisation(int newConnectionsPerOrganisation) {
        return new GrpcLimits(
                connections,
                calls,
                callsPerConnection,
                callsPerOrganisation,
                newConnectionsPerOrganisation,
                messageBytes,
                items,
                fields,
                bufferedBytes,
                bufferedBytesPerOrganisation,
                metadataBytes,
                windowBytes,
                grace,
                bytesPerSecond,
                handshake,
                idle,
                age,
                ageGrace);
    }
}
